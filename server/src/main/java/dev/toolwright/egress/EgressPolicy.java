package dev.toolwright.egress;

import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Which destinations may be reached. Immutable.
///
/// The public internet is open on every port; every other address is closed. An allow rule opens
/// exactly what it names, a deny rule closes what it names and wins. Addresses where clouds hand
/// out credentials stay closed unless a rule allows that very address: a wide block or a name is
/// not enough.
public final class EgressPolicy {
  private final List<EgressRule> allow;
  private final List<EgressRule> deny;

  private EgressPolicy(List<EgressRule> allow, List<EgressRule> deny) {
    this.allow = List.copyOf(allow);
    this.deny = List.copyOf(deny);
  }

  /// The public internet and nothing else.
  public static EgressPolicy publicOnly() {
    return new EgressPolicy(List.of(), List.of());
  }

  /// Reads two comma-separated lists of `host`, `*.host`, address or CIDR block, each also with
  /// `:port` (IPv6 then in brackets). `*.host` does not include `host` itself.
  ///
  /// @throws MalformedEgressPolicy with every entry that cannot be read
  public static EgressPolicy parse(String allow, String deny) throws MalformedEgressPolicy {
    var faults = new ArrayList<String>();
    var policy = new EgressPolicy(rules("allow", allow, faults), rules("deny", deny, faults));
    if (!faults.isEmpty()) {
      throw new MalformedEgressPolicy(faults);
    }
    return policy;
  }

  /// This policy, opened for host and port of an address that the operator configured.
  ///
  /// @throws IllegalArgumentException with a sentence, if it is no http(s) address
  public EgressPolicy alsoAllowing(URI base) {
    var destination = Destination.of(base);
    var literal = destination.literal();
    EgressRule rule =
        literal == null
            ? new EgressRule.Name(destination.host(), false, destination.port())
            : new EgressRule.Block(Cidr.of(literal), destination.port());
    return new EgressPolicy(Stream.concat(allow.stream(), Stream.of(rule)).toList(), deny);
  }

  /// Whether a connection for `host` may go to `address`.
  boolean admits(String host, int port, InetAddress address) {
    var forms = AddressSpace.forms(address.getAddress());
    if (deny.stream().anyMatch(rule -> rule.matches(host, port, forms))) {
      return false;
    }
    return forms.stream().allMatch(form -> opens(host, port, form));
  }

  /// Whether the operator named this host: then how it fails need not be hidden.
  boolean names(String host, int port) {
    return allow.stream().anyMatch(rule -> rule.matches(host, port, List.of()));
  }

  private boolean opens(String host, int port, byte[] form) {
    if (AddressSpace.isMetadata(form)) {
      return allow.stream()
          .anyMatch(rule ->
              rule instanceof EgressRule.Block block
                  && block.block().single()
                  && block.matches(form, port));
    }
    return AddressSpace.isPublic(form)
        || allow.stream().anyMatch(rule -> rule.matches(host, port, List.of(form)));
  }

  private static List<EgressRule> rules(String list, String text, List<String> faults) {
    var rules = new ArrayList<EgressRule>();
    for (var part : text.split(",", -1)) {
      var entry = part.strip();
      if (!entry.isEmpty()) {
        EgressRule.parse(entry)
            .ifPresentOrElse(
                rules::add,
                () ->
                    faults.add(
                        "The egress "
                            + list
                            + " list has '"
                            + entry
                            + "', which is no host, *.host, address or CIDR block with an optional"
                            + " port"));
      }
    }
    return rules;
  }
}
