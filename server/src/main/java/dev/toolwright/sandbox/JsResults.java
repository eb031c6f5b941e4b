package dev.toolwright.sandbox;

import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import dev.toolwright.sandbox.FunctionResult.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Turns what a JavaScript worker says into a result. The texts are a stranger's: nothing is
/// assumed of them.
final class JsResults {
  private static final int MAX_TEXT = 2_000;
  private static final int MAX_LINE = 200;
  private static final int MAX_LOGS = 200_000;
  private static final Pattern FRAME =
      Pattern.compile("^\\s*at (?:async )?(?:(.{1,200}) \\()?<tool>:(\\d{1,6}):\\d+\\)?$");

  private JsResults() {}

  static FunctionResult of(List<String> said, JsCall call, Duration time) {
    var logs = logs(text(said, 0));
    return switch (text(said, 1)) {
      case "v" -> returned(text(said, 2), logs);
      case "e" ->
          new FunctionResult.Raised(
              cut(text(said, 2)), cut(text(said, 3)), frames(text(said, 4), call), logs);
      case "s" -> stopped(text(said, 2), text(said, 3), time, logs);
      default -> stopped(Reason.CRASHED, "The worker gave no result.", logs);
    };
  }

  private static List<String> logs(String text) {
    var kept = text.length() > MAX_LOGS ? text.substring(0, MAX_LOGS) : text;
    return kept.lines().toList();
  }

  private static FunctionResult returned(String json, List<String> logs) {
    try {
      return new FunctionResult.Returned(Json.parse(json), logs);
    } catch (MalformedJson e) {
      return stopped(
          Reason.BAD_RESULT, "The result cannot be used as JSON: " + e.getMessage() + ".", logs);
    }
  }

  private static FunctionResult stopped(
      String reason, String message, Duration time, List<String> logs) {
    return switch (reason) {
      case "TIMEOUT" -> tooSlow(time, logs);
      case "CANCELLED" -> stopped(Reason.CANCELLED, "The call was cancelled.", logs);
      case "MEMORY" -> outOfMemory(logs);
      case "RESULT_TOO_LARGE" ->
          stopped(
              Reason.RESULT_TOO_LARGE,
              "The result is larger than " + (1 << 20) + " bytes of JSON.",
              logs);
      case "BAD_RESULT" -> stopped(Reason.BAD_RESULT, cut(message), logs);
      default -> stopped(Reason.CRASHED, cut(message), logs);
    };
  }

  static FunctionResult tooSlow(Duration time, List<String> logs) {
    var seconds = time.toMillis() / 1000.0;
    return stopped(Reason.TIMEOUT, "The tool did not end within " + seconds + " s.", logs);
  }

  static FunctionResult lost(boolean outOfMemory) {
    return outOfMemory
        ? outOfMemory(List.of())
        : stopped(Reason.CRASHED, "The sandbox ended during the call.", List.of());
  }

  private static FunctionResult outOfMemory(List<String> logs) {
    return stopped(Reason.MEMORY, "The tool used more memory than it may.", logs);
  }

  private static FunctionResult stopped(Reason reason, String message, List<String> logs) {
    return new FunctionResult.Stopped(reason, message, logs);
  }

  /// The tool's own frames of a stack, outermost first, with lines of the source as written.
  private static List<String> frames(String stack, JsCall call) {
    var origin = call.origin();
    var source = origin == null ? call.code() : origin.source();
    var lines = source.split("\n", -1);
    var shown = new ArrayList<String>();
    for (var row : stack.lines().limit(50).toList()) {
      var match = FRAME.matcher(row);
      if (match.matches()) {
        var number = written(Integer.parseInt(match.group(2)), origin);
        if (number >= 1 && number <= lines.length) {
          var line = lines[number - 1].strip();
          var name = match.group(1);
          shown.addFirst(
              "<tool>, line %d%s: %s"
                  .formatted(
                      number,
                      name == null ? "" : ", in " + name,
                      line.substring(0, Math.min(line.length(), MAX_LINE))));
        }
      }
    }
    return List.copyOf(shown);
  }

  /// The line of the source as written; 0 for one that is not the author's.
  private static int written(int number, JsCall.@Nullable Origin origin) {
    if (origin == null) {
      return number;
    }
    return number <= origin.lines().size() ? origin.lines().get(number - 1) : 0;
  }

  static JsOutline outline(List<String> said, String source) {
    return switch (text(said, 1)) {
      case "o" ->
          new JsOutline.Valid(
              text(said, 2).isEmpty() ? null : text(said, 2),
              said.size() > 4 ? text(said, 4) : source,
              numbers(text(said, 3)));
      case "x" ->
          new JsOutline.SyntaxFault(
              Math.max(1, number(text(said, 2))),
              Math.max(1, number(text(said, 3))),
              cut(text(said, 4)));
      case "n" -> new JsOutline.NameFault(cut(text(said, 2)));
      default -> new JsOutline.SyntaxFault(1, 1, "the code is too costly to read");
    };
  }

  private static List<Integer> numbers(String text) {
    var numbers = new ArrayList<Integer>();
    for (var part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      numbers.add(number(part));
    }
    return numbers;
  }

  private static int number(String text) {
    return text.matches("\\d{1,7}") ? Integer.parseInt(text) : 0;
  }

  private static String text(List<String> said, int place) {
    return place < said.size() ? said.get(place) : "";
  }

  private static String cut(String text) {
    return text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
  }
}
