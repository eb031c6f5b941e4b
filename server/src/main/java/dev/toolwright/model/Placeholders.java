package dev.toolwright.model;

import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Fills `<<last_tool_result>>` and `<<tool_result:NAME>>` with what tools answered. What is filled
/// in is not scanned again.
final class Placeholders {
  private static final Pattern PLACEHOLDER =
      Pattern.compile("<<(?:last_tool_result|tool_result:([^<>]+))>>");

  private final List<ChatMessage.ToolAnswer> answers;

  /// @param answers since the last user message, in order of time
  Placeholders(List<ChatMessage.ToolAnswer> answers) {
    this.answers = answers;
  }

  String inText(String text) {
    return PLACEHOLDER.matcher(text).replaceAll(m -> Matcher.quoteReplacement(value(m.group(1))));
  }

  /// In JSON a placeholder inside quotes becomes part of that string; one outside becomes the
  /// answer itself if that is JSON, else a string.
  String inJson(String json) {
    var result = new StringBuilder();
    var matcher = PLACEHOLDER.matcher(json);
    var from = 0;
    var quoted = false;
    while (matcher.find()) {
      quoted = quotedAfter(json.substring(from, matcher.start()), quoted);
      UnaryOperator<String> form = quoted ? Placeholders::escaped : Placeholders::literal;
      result.append(json, from, matcher.start()).append(form.apply(value(matcher.group(1))));
      from = matcher.end();
    }
    return result.append(json, from, json.length()).toString();
  }

  private String value(@Nullable String tool) {
    for (var answer : answers.reversed()) {
      if (tool == null || answer.name().equals(tool)) {
        return answer.content();
      }
    }
    return tool == null ? "(no tool result)" : "(no result of " + tool + ")";
  }

  private static boolean quotedAfter(String text, boolean quoted) {
    var inside = quoted;
    for (var i = 0; i < text.length(); i++) {
      if (inside && text.charAt(i) == '\\') {
        i++;
      } else if (text.charAt(i) == '"') {
        inside = !inside;
      }
    }
    return inside;
  }

  private static String escaped(String text) {
    var literal = Json.write(text);
    return literal.substring(1, literal.length() - 1);
  }

  private static String literal(String text) {
    try {
      return Json.parse(text).isMissingNode() ? Json.write(text) : text;
    } catch (MalformedJson e) {
      return Json.write(text);
    }
  }
}
