package dev.toolwright.egress;

import java.util.List;

/// Rules that cannot be read, every fault with the rule it is about.
public final class MalformedEgressPolicy extends Exception {
  private final transient List<String> faults;

  MalformedEgressPolicy(List<String> faults) {
    super(String.join("; ", faults), null, false, false);
    this.faults = List.copyOf(faults);
  }

  /// One sentence each, at least one.
  public List<String> faults() {
    return faults;
  }
}
