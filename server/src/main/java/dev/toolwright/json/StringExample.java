package dev.toolwright.json;

import tools.jackson.databind.JsonNode;

/// A text for a schema's `pattern` or `format`, or a plain one cut or filled to its length.
final class StringExample {
  private static final int LONGEST = 1_000;

  private StringExample() {}

  static String of(JsonNode schema) {
    var pattern = schema.path("pattern").stringValue("");
    if (!pattern.isEmpty()) {
      var matching = PatternExample.of(pattern);
      if (matching.isPresent()) {
        return matching.get();
      }
    }
    var format = schema.path("format").stringValue("");
    var text = formatted(format);
    if (!text.equals("text")) {
      return text;
    }
    var least = Math.clamp(schema.path("minLength").intValue(0), 0, LONGEST);
    var most = Math.max(schema.path("maxLength").intValue(LONGEST), least);
    var filled = text.length() >= least ? text : text + "x".repeat(least - text.length());
    return filled.length() <= most ? filled : filled.substring(0, most);
  }

  private static String formatted(String format) {
    return switch (format) {
      case "date" -> "2026-01-31";
      case "date-time" -> "2026-01-31T12:00:00Z";
      case "time" -> "12:00:00Z";
      case "duration" -> "PT1H";
      case "email", "idn-email" -> "name@example.com";
      case "hostname", "idn-hostname" -> "example.com";
      case "ipv4" -> "192.0.2.1";
      case "ipv6" -> "2001:db8::1";
      case "uri", "iri", "uri-reference", "iri-reference", "url" -> "https://example.com/";
      case "uri-template" -> "https://example.com/{id}";
      case "uuid" -> "00000000-0000-4000-8000-000000000000";
      case "json-pointer" -> "/name";
      case "relative-json-pointer" -> "0";
      case "regex" -> ".*";
      case "byte" -> "dGV4dA==";
      default -> "text";
    };
  }
}
