package dev.toolwright.api.web;

import dev.toolwright.http.Problem;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The parameters of a query. Reads what people and tools really send: a `%` that begins no escape
/// stands for itself, so a raw filter and an encoded one mean the same.
final class Query {
  private final Map<String, List<String>> values = new LinkedHashMap<>();

  Query(@Nullable String raw) {
    if (raw == null) {
      return;
    }
    for (var part : raw.split("&", -1)) {
      var equals = part.indexOf('=');
      var name = decode(equals < 0 ? part : part.substring(0, equals));
      var value = equals < 0 ? "" : decode(part.substring(equals + 1));
      if (!part.isEmpty()) {
        values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
      }
    }
  }

  List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }

  @Nullable String first(String name) {
    var all = all(name);
    return all.isEmpty() ? null : all.getFirst();
  }

  int integer(String name, int fallback, int min, int max) {
    var text = first(name);
    if (text == null || text.isEmpty()) {
      return fallback;
    }
    if (!text.matches("-?[0-9]{1,18}")) {
      throw Problem.invalid(name + " must be a whole number");
    }
    var number = Long.parseLong(text);
    if (number < min) {
      throw Problem.invalid(name + " must be at least " + min);
    }
    return (int) Math.min(number, max);
  }

  boolean flag(String name, boolean fallback) {
    return switch (first(name)) {
      case null -> fallback;
      case "true", "1", "" -> true;
      case "false", "0" -> false;
      default -> throw Problem.invalid(name + " must be true or false");
    };
  }

  private static String decode(String raw) {
    if (raw.indexOf('%') < 0 && raw.indexOf('+') < 0) {
      return raw;
    }
    var bytes = new ByteArrayOutputStream(raw.length());
    var source = raw.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < source.length; i++) {
      if (source[i] == '+') {
        bytes.write(' ');
      } else if (source[i] == '%' && isEscape(source, i)) {
        bytes.write(Character.digit(source[i + 1], 16) << 4 | Character.digit(source[i + 2], 16));
        i += 2;
      } else {
        bytes.write(source[i]);
      }
    }
    var text = bytes.toString(StandardCharsets.UTF_8);
    if (text.indexOf('\0') >= 0) {
      throw Problem.invalid("The query must not contain the character U+0000");
    }
    return text;
  }

  private static boolean isEscape(byte[] source, int at) {
    return at + 2 < source.length
        && Character.digit(source[at + 1], 16) >= 0
        && Character.digit(source[at + 2], 16) >= 0;
  }
}
