package dev.toolwright.vault;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Set;

/// The texts in which one value may stand once escapes are undone: itself, hex, and the part of
/// base64 that depends on it alone, wherever in the encoded data it lies.
final class SecretForms {
  private static final int GROUP_BYTES = 3;
  private static final int DIGIT_BITS = 6;

  private SecretForms() {}

  static Set<String> of(String value) {
    var bytes = value.getBytes(StandardCharsets.UTF_8);
    var forms = new LinkedHashSet<String>();
    forms.add(value);
    // What percent-encoding leaves are bytes.
    forms.add(new String(bytes, StandardCharsets.ISO_8859_1));
    forms.add(HexFormat.of().formatHex(bytes));
    forms.add(HexFormat.of().withUpperCase().formatHex(bytes));
    for (var shift = 0; shift < GROUP_BYTES; shift++) {
      forms.add(base64(bytes, shift));
    }
    return forms;
  }

  /// The digits that depend on the value alone when `shift` bytes stand before it in its group of
  /// three.
  private static String base64(byte[] bytes, int shift) {
    var data = new byte[shift + bytes.length];
    System.arraycopy(bytes, 0, data, shift, bytes.length);
    var first = (shift * 8 + DIGIT_BITS - 1) / DIGIT_BITS;
    var last = data.length * 8 / DIGIT_BITS;
    return Base64.getEncoder().withoutPadding().encodeToString(data).substring(first, last);
  }
}
