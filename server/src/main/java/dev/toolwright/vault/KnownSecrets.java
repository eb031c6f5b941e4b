package dev.toolwright.vault;

import java.util.LinkedHashSet;

/// The values that were last added, to be found in texts. When they get too many, the older ones
/// are forgotten, until half of the room is free.
final class KnownSecrets {
  /// Longer values are documents rather than secrets.
  private static final int MAX_LENGTH = 8_000;

  private final int minLength;
  private final int room;
  private final LinkedHashSet<String> kept = new LinkedHashSet<>();
  private final LinkedHashSet<String> values = new LinkedHashSet<>();
  private int length;
  private volatile FormIndex index = FormIndex.large();

  /// @param minLength shorter values are left out
  /// @param room for how many characters in all; the index takes some ten times that
  KnownSecrets(int minLength, int room) {
    this.minLength = minLength;
    this.room = room;
  }

  synchronized void add(String value) {
    if (!fits(value) || kept.contains(value)) {
      return;
    }
    var known = values.remove(value);
    values.add(value);
    if (known) {
      return;
    }
    length += value.length();
    if (length <= room) {
      index.add(value);
    } else {
      shrink();
    }
  }

  private void shrink() {
    var smaller = FormIndex.large();
    kept.forEach(smaller::add);
    for (var oldest = values.iterator(); length > room / 2 && oldest.hasNext(); ) {
      length -= oldest.next().length();
      oldest.remove();
    }
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
