package dev.toolwright.vault;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A text, or what it becomes when escapes are undone, with the place in the text where each
/// character came from.
///
/// @param starts one more than characters: the last is where the text ends; null: each character is
///   at its own place
record Layer(char[] chars, int @Nullable [] starts) {
  private static final String ESCAPES = "\"\\/bfnrt";
  private static final String ESCAPED = "\"\\/\b\f\n\r\t";
  private static final char PERCENT = '%';
  private static final char BACKSLASH = '\\';

  static Layer of(String text) {
    return new Layer(text.toCharArray(), null);
  }

  /// Where the character at `at` came from, or, at the end, where the text ends.
  int start(int at) {
    return starts == null ? at : starts[at];
  }

  /// Where what ends before `at` ends in the text. Characters that came from one have one place.
  int end(int at) {
    var end = at;
    while (end < chars.length && start(end) == start(at - 1)) {
      end++;
    }
    return start(end);
  }

  /// Without JSON's escapes; null if there are none.
  @Nullable Layer unescaped() {
    if (!holds(BACKSLASH)) {
      return null;
    }
    var out = new Out(chars.length);
    for (var at = 0; at < chars.length; ) {
      var next = at + 1 < chars.length && chars[at] == BACKSLASH ? chars[at + 1] : 0;
      var kind = next == 0 ? -1 : ESCAPES.indexOf(next);
      var code = next == 'u' ? hex(at + 2, 4) : -1;
      if (kind >= 0) {
        out.add(ESCAPED.charAt(kind), start(at));
        at += 2;
      } else if (code >= 0) {
        out.add((char) code, start(at));
        at += 6;
      } else {
        out.add(chars[at], start(at));
        at++;
      }
    }
    return out.layer(start(chars.length), chars.length);
  }

  /// The bytes, as characters, that percent-encoding stands for; null if there is none.
  @Nullable Layer bytes() {
    if (!holds(PERCENT)) {
      return null;
    }
    var out = new Out(chars.length + 16);
    var decoded = false;
    for (var at = 0; at < chars.length; ) {
      var code = chars[at] == PERCENT ? hex(at + 1, 2) : -1;
      if (code >= 0) {
        out.add((char) code, start(at));
        at += 3;
        decoded = true;
      } else if (chars[at] < 0x80) {
        out.add(chars[at], start(at));
        at++;
      } else {
        var point = Character.codePointAt(chars, at);
        for (var one : Character.toString(point).getBytes(StandardCharsets.UTF_8)) {
          out.add((char) (one & 0xff), start(at));
        }
        at += Character.charCount(point);
      }
    }
    return decoded ? out.layer(start(chars.length), -1) : null;
  }

  private boolean holds(char wanted) {
    for (var c : chars) {
      if (c == wanted) {
        return true;
      }
    }
    return false;
  }

  private int hex(int at, int digits) {
    if (at + digits > chars.length) {
      return -1;
    }
    var value = 0;
    for (var i = at; i < at + digits; i++) {
      var digit = Character.digit(chars[i], 16);
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }

  private static final class Out {
    private char[] chars;
    private int[] starts;
    private int length;

    Out(int capacity) {
      chars = new char[capacity];
      starts = new int[capacity + 1];
    }

    void add(char c, int start) {
      if (length == chars.length) {
        chars = Arrays.copyOf(chars, 2 * length);
        starts = Arrays.copyOf(starts, 2 * length + 1);
      }
      chars[length] = c;
      starts[length] = start;
      length++;
    }

    /// @param unchanged the length at which nothing was undone
    @Nullable Layer layer(int end, int unchanged) {
      if (length == unchanged) {
        return null;
      }
      starts[length] = end;
      return new Layer(Arrays.copyOf(chars, length), Arrays.copyOf(starts, length + 1));
    }
  }
}
