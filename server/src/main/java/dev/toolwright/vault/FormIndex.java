package dev.toolwright.vault;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/// Finds many forms of many secrets in one pass over a text, which costs the same for one secret
/// and for thousands: each place in the text is looked up by the characters that end there, as
/// Rabin and Karp have it. By the last ones, for secrets of one service begin alike. Forms may be
/// added while others search.
final class FormIndex {
  private static final int SHORT = 4;
  private static final int LONG = 8;

  /// Escapes within escapes that are undone: JSON in JSON in a URL.
  private static final int DEPTH = 3;

  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  /// Says for most endings at once that no form has them.
  private final AtomicLongArray filter;

  private final int filterBits;

  /// The lengths of the forms with an ending. What is there is then looked up whole, so that it
  /// makes no difference how many end alike.
  private final ConcurrentHashMap<Long, int[]> lengths = new ConcurrentHashMap<>();

  private final Set<String> forms = ConcurrentHashMap.newKeySet();

  private FormIndex(int filterBits) {
    this.filterBits = filterBits;
    this.filter = new AtomicLongArray(1 << (filterBits - 6));
  }

  /// For a handful of secrets.
  static FormIndex small() {
    return new FormIndex(10);
  }

  /// For thousands.
  static FormIndex large() {
    return new FormIndex(16);
  }

  /// Adds all forms of a value. Those of fewer than four characters are left out.
  void add(String value) {
    for (var form : SecretForms.of(value)) {
      if (form.length() >= SHORT) {
        add(form.toCharArray());
      }
    }
  }

  private void add(char[] form) {
    var tail = 0L;
    var head = 0L;
    for (var i = 0; i < form.length; i++) {
      form[i] = folded(form[i]);
      head = head << 16 | tail >>> 48;
      tail = tail << 16 | form[i];
    }
    var ending = form.length < LONG ? ending(0, tail) : ending(head, tail);
    forms.add(new String(form));
    lengths.merge(ending, new int[] {form.length}, FormIndex::joined);
    var bit = bit(ending);
    filter.accumulateAndGet(bit >> 6, 1L << bit, (a, b) -> a | b);
  }

  private static int[] joined(int[] some, int[] one) {
    for (var known : some) {
      if (known == one[0]) {
        return some;
      }
    }
    var all = Arrays.copyOf(some, some.length + 1);
    all[some.length] = one[0];
    return all;
  }

  boolean isEmpty() {
    return forms.isEmpty();
  }

  /// Marks every place where a form stands, as it is or escaped.
  void find(String text, Redaction.Spans spans) {
    find(Layer.of(text), spans, DEPTH);
  }

  private void find(@Nullable Layer layer, Redaction.Spans spans, int depth) {
    if (layer == null) {
      return;
    }
    scan(layer, spans);
    if (depth > 0) {
      find(layer.unescaped(), spans, depth - 1);
      find(layer.bytes(), spans, depth - 1);
    }
  }

  private void scan(Layer layer, Redaction.Spans spans) {
    var chars = layer.chars();
    var tail = 0L;
    var head = 0L;
    for (var i = 0; i < chars.length; i++) {
      head = head << 16 | tail >>> 48;
      tail = tail << 16 | folded(chars[i]);
      if (i >= SHORT - 1) {
        look(layer, i + 1, ending(0, tail), spans);
      }
      if (i >= LONG - 1) {
        look(layer, i + 1, ending(head, tail), spans);
      }
    }
  }

  private void look(Layer layer, int end, long ending, Redaction.Spans spans) {
    var bit = bit(ending);
    if ((filter.get(bit >> 6) & 1L << bit) == 0) {
      return;
    }
    var possible = lengths.get(ending);
    if (possible == null) {
      return;
    }
    for (var length : possible) {
      if (length <= end && forms.contains(folded(layer.chars(), end - length, end))) {
        spans.add(layer.start(end - length), layer.end(end));
      }
    }
  }

  private static String folded(char[] chars, int start, int end) {
    var text = Arrays.copyOfRange(chars, start, end);
    for (var i = 0; i < text.length; i++) {
      text[i] = folded(text[i]);
    }
    return new String(text);
  }

  /// Both alphabets of base64 become one, and a space what forms make of it.
  private static char folded(char c) {
    return switch (c) {
      case ' ', '-' -> '+';
      case '_' -> '/';
      default -> c;
    };
  }

  private static long ending(long head, long tail) {
    var mixed = (head * SPREAD + tail) * SPREAD;
    return mixed ^ mixed >>> 29;
  }

  private int bit(long ending) {
    return (int) (ending >>> (64 - filterBits));
  }
}
