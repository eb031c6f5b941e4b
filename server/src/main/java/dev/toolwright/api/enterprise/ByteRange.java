package dev.toolwright.api.enterprise;

import java.util.Optional;
import java.util.regex.Pattern;

/// What a `Range` header asks for of a content of a known size.
///
/// @param last included; less than `first` when there is nothing to give
record ByteRange(long first, long last) {
  private static final Pattern FORM = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

  /// Empty for whatever is not one range of bytes; such a header is to be ignored.
  static Optional<ByteRange> of(String header, long size) {
    var form = FORM.matcher(header.strip());
    if (!form.matches()) {
      return Optional.empty();
    }
    var from = form.group(1);
    var to = form.group(2);
    if (from.isEmpty()) {
      return to.isEmpty() ? Optional.empty() : Optional.of(ending(Long.parseLong(to), size));
    }
    var first = Long.parseLong(from);
    if (!to.isEmpty() && Long.parseLong(to) < first) {
      return Optional.empty();
    }
    return Optional.of(
        new ByteRange(first, to.isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(to))));
  }

  private static ByteRange ending(long length, long size) {
    return new ByteRange(Math.max(0, size - length), size - 1);
  }

  boolean isEmpty() {
    return last < first;
  }

  int length() {
    return Math.toIntExact(last - first + 1);
  }
}
