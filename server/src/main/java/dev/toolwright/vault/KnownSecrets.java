package dev.toolwright.vault;

import java.util.ArrayList;
import java.util.LinkedHashSet;

/// The values that were last added, to be found in texts. When there are too many, the older half
/// is forgotten.
final class KnownSecrets {
  /// Longer values are documents rather than secrets.
  private static final int MAX_LENGTH = 8_000;

  private final int minLength;
  private final int most;
  private final LinkedHashSet<String> kept = new LinkedHashSet<>();
  private final LinkedHashSet<String> values = new LinkedHashSet<>();
  private volatile FormIndex index = FormIndex.large();

  KnownSecrets(int minLength, int most) {
    this.minLength = minLength;
    this.most = most;
  }

  /// Values shorter than the least length are left out.
  synchronized void add(String value) {
    if (!fits(value) || kept.contains(value)) {
      return;
    }
    var known = values.remove(value);
    values.add(value);
    if (known) {
      return;
    }
    if (values.size() <= most) {
      index.add(value);
      return;
    }
    var recent = new ArrayList<>(values).subList(values.size() / 2, values.size());
    var smaller = FormIndex.large();
    values.clear();
    values.addAll(recent);
    kept.forEach(smaller::add);
    values.forEach(smaller::add);
    index = smaller;
  }

  /// Adds a value that is never forgotten.
  synchronized void keep(String value) {
    if (fits(value) && kept.add(value)) {
      index.add(value);
    }
  }

  private boolean fits(String value) {
    return value.length() >= minLength && value.length() <= MAX_LENGTH;
  }

  Redaction redaction() {
    return Redaction.of(index);
  }
}
