package dev.toolwright.vault;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// One value and where it occurs in texts.
final class SecretForms {
  private static final int GROUP_BYTES = 3;
  private static final int DIGIT_BITS = 6;
  private static final String ESCAPES = "\"\\/bfnrt";
  private static final String ESCAPED = "\"\\/\b\f\n\r\t";

  private final String value;
  private final byte[] bytes;
  private final List<String> fixed;

  SecretForms(String value) {
    this.value = value;
    this.bytes = value.getBytes(StandardCharsets.UTF_8);
    var forms = new LinkedHashSet<String>();
    forms.add(value);
    forms.add(HexFormat.of().formatHex(bytes));
    forms.add(HexFormat.of().withUpperCase().formatHex(bytes));
    for (var shift = 0; shift < GROUP_BYTES; shift++) {
      addBase64(forms, shift);
    }
    this.fixed = List.copyOf(forms);
  }

  void find(String text, Redaction.Spans spans) {
    for (var form : fixed) {
      for (var at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
        spans.add(at, at + form.length());
      }
    }
    var escapes = text.indexOf('\\') >= 0;
    var percents = text.indexOf('%') >= 0 || text.indexOf('+') >= 0;
    for (var at = 0; (escapes || percents) && at < text.length(); at++) {
      mark(spans, at, escapes ? escapedEnd(text, at) : -1);
      mark(spans, at, percents ? percentEnd(text, at) : -1);
    }
  }

  private static void mark(Redaction.Spans spans, int start, int end) {
    if (end > start) {
      spans.add(start, end);
    }
  }

  /// Where the value ends that begins at `at`, any of its characters written as JSON escapes; -1 if
  /// it is not there.
  private int escapedEnd(String text, int at) {
    var place = at;
    for (var i = 0; i < value.length(); i++) {
      if (place >= text.length()) {
        return -1;
      }
      var c = text.charAt(place);
      var length = 1;
      if (c == '\\' && place + 1 < text.length()) {
        var kind = ESCAPES.indexOf(text.charAt(place + 1));
        if (kind >= 0) {
          c = ESCAPED.charAt(kind);
          length = 2;
        } else if (text.charAt(place + 1) == 'u') {
          var code = hexAt(text, place + 2, 4);
          if (code >= 0) {
            c = (char) code;
            length = 6;
          }
        }
      }
      if (c != value.charAt(i)) {
        return -1;
      }
      place += length;
    }
    return place;
  }

  /// The same for percent-encoding, where a space may also be a plus.
  private int percentEnd(String text, int at) {
    var place = at;
    for (var i = 0; i < bytes.length; ) {
      if (place >= text.length()) {
        return -1;
      }
      var c = text.charAt(place);
      var code = c == '%' ? hexAt(text, place + 1, 2) : -1;
      if (code >= 0) {
        if ((byte) code != bytes[i]) {
          return -1;
        }
        i++;
        place += 3;
      } else if (c < 0x80) {
        if (c != bytes[i] && !(c == '+' && bytes[i] == ' ')) {
          return -1;
        }
        i++;
        place++;
      } else {
        var raw = Character.toString(text.codePointAt(place));
        var encoded = raw.getBytes(StandardCharsets.UTF_8);
        var end = Math.min(bytes.length, i + encoded.length);
        if (!Arrays.equals(bytes, i, end, encoded, 0, encoded.length)) {
          return -1;
        }
        i = end;
        place += raw.length();
      }
    }
    return place;
  }

  private static int hexAt(String text, int at, int digits) {
    if (at + digits > text.length()) {
      return -1;
    }
    var value = 0;
    for (var i = at; i < at + digits; i++) {
      var digit = Character.digit(text.charAt(i), 16);
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }

  /// The base64 digits that depend on the value alone when `shift` bytes stand before it in its
  /// group of three.
  private void addBase64(Set<String> forms, int shift) {
    var data = new byte[shift + bytes.length];
    System.arraycopy(bytes, 0, data, shift, bytes.length);
    var first = (shift * 8 + DIGIT_BITS - 1) / DIGIT_BITS;
    var last = data.length * 8 / DIGIT_BITS;
    forms.add(Base64.getEncoder().withoutPadding().encodeToString(data).substring(first, last));
    forms.add(Base64.getUrlEncoder().withoutPadding().encodeToString(data).substring(first, last));
  }
}
