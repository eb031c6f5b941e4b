package dev.toolwright.sandbox;

import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import dev.toolwright.sandbox.FunctionResult.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Turns the end of a child into a result. The JSON is a stranger's: nothing is assumed of it.
final class Results {
  /// What reading code may take.
  static final Duration PARSE_TIME = Duration.ofSeconds(5);

  private static final int MAX_TEXT = 2_000;
  private static final int MAX_FRAMES = 50;
  private static final int SIGKILL = 9;
  private static final int SIGSEGV = 11;
  private static final int SIGXCPU = 24;
  private static final int OUT_OF_MEMORY = 72;

  private Results() {}

  static FunctionResult of(Sandbox.Done done, Duration time) {
    var logs = done.output().logs();
    var answer = done.output().answer();
    if (answer == null) {
      return ended(done, time, logs);
    }
    JsonNode json;
    try {
      json = Json.parse(answer.json());
    } catch (MalformedJson e) {
      var text = "The result cannot be used as JSON: " + e.getMessage() + ".";
      return stopped(answer.kind() == 'v' ? Reason.BAD_RESULT : Reason.CRASHED, text, logs);
    }
    return switch (answer.kind()) {
      case 'v' -> new FunctionResult.Returned(json, logs);
      case 'e' ->
          new FunctionResult.Raised(
              text(json, "type"), text(json, "message"), texts(json, "traceback"), logs);
      case 's' -> stopped(reason(text(json, "reason")), text(json, "message"), logs);
      default -> forged(logs);
    };
  }

  private static FunctionResult ended(Sandbox.Done done, Duration time, List<String> logs) {
    var ending = done.ending();
    if (done.output().forged()) {
      return forged(logs);
    }
    return switch (ending.cause()) {
      case DEADLINE -> tooSlow(time, logs);
      case ASKED -> stopped(Reason.CANCELLED, "The call was cancelled.", logs);
      case FLOOD ->
          stopped(Reason.RESULT_TOO_LARGE, "The tool wrote more than anyone would read.", logs);
      case LOST -> stopped(Reason.CRASHED, "The sandbox ended during the call.", logs);
      case SILENT -> died(ending, time, logs);
      case ENDED -> died(ending, time, logs);
    };
  }

  private static FunctionResult died(Pending.Ending ending, Duration time, List<String> logs) {
    if (ending.signal() == SIGXCPU
        || (ending.signal() == SIGKILL && ending.cpuMillis() > time.toMillis())) {
      return tooSlow(time, logs);
    }
    if (ending.cause() == Pending.Cause.SILENT && ending.signal() == SIGKILL) {
      return stopped(Reason.CRASHED, "The tool closed its channel and gave no result.", logs);
    }
    if (ending.signal() == SIGKILL || ending.exitCode() == OUT_OF_MEMORY) {
      return stopped(Reason.MEMORY, "The tool used more memory than it may.", logs);
    }
    if (ending.signal() == SIGSEGV) {
      return stopped(Reason.CRASHED, "The interpreter crashed; endless recursion does that.", logs);
    }
    var how =
        ending.signal() != 0
            ? "was ended by signal " + ending.signal()
            : "ended the process itself with code " + ending.exitCode();
    return stopped(Reason.CRASHED, "The tool " + how + " and gave no result.", logs);
  }

  private static FunctionResult tooSlow(Duration time, List<String> logs) {
    var seconds = time.toMillis() / 1000.0;
    return stopped(Reason.TIMEOUT, "The tool did not end within " + seconds + " s.", logs);
  }

  private static FunctionResult forged(List<String> logs) {
    return stopped(Reason.CRASHED, "The tool wrote to the sandbox's own channel: no result.", logs);
  }

  private static FunctionResult stopped(Reason reason, String message, List<String> logs) {
    return new FunctionResult.Stopped(reason, message, logs);
  }

  private static Reason reason(String name) {
    return switch (name) {
      case "MEMORY" -> Reason.MEMORY;
      case "RESULT_TOO_LARGE" -> Reason.RESULT_TOO_LARGE;
      default -> Reason.BAD_RESULT;
    };
  }

  static PythonOutline outline(Sandbox.Done done) {
    var answer = done.output().answer();
    if (answer == null) {
      return unread(done.ending());
    }
    try {
      var json = Json.parse(answer.json());
      return switch (answer.kind()) {
        case 'o' -> new PythonOutline.Parsed(functions(json));
        case 'x' ->
            new PythonOutline.SyntaxFault(
                number(json, "line"), number(json, "column"), text(json, "message"));
        default -> new PythonOutline.SyntaxFault(1, 1, "the code cannot be read");
      };
    } catch (MalformedJson e) {
      return new PythonOutline.SyntaxFault(1, 1, "the code cannot be read");
    }
  }

  /// Code that took too long is to blame only if the processor was busy with it.
  private static PythonOutline unread(Pending.Ending ending) {
    if (ending.cause() == Pending.Cause.LOST) {
      return new PythonOutline.Unavailable("The sandbox ended while it read the code.", true);
    }
    var idle = ending.cpuMillis() < PARSE_TIME.toMillis() / 2;
    return ending.cause() == Pending.Cause.DEADLINE && idle
        ? new PythonOutline.Unavailable("The code was not read in time; try again.", true)
        : new PythonOutline.SyntaxFault(1, 1, "the code is too costly to read");
  }

  private static List<PythonOutline.Function> functions(JsonNode json) {
    var functions = new ArrayList<PythonOutline.Function>();
    for (var item : json) {
      functions.add(
          new PythonOutline.Function(
              text(item, "name"),
              item.path("async").asBoolean(false),
              number(item, "line"),
              texts(item, "parameters")));
    }
    return List.copyOf(functions);
  }

  private static int number(JsonNode json, String name) {
    return Math.max(1, json.path(name).asInt(1));
  }

  private static String text(JsonNode json, String name) {
    return cut(json.path(name).asString(""));
  }

  private static List<String> texts(JsonNode json, String name) {
    var texts = new ArrayList<String>();
    for (var item : json.path(name)) {
      if (texts.size() < MAX_FRAMES) {
        texts.add(cut(item.asString("")));
      }
    }
    return List.copyOf(texts);
  }

  private static String cut(String text) {
    return text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
  }
}
