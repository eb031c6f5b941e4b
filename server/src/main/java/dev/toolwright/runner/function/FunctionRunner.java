package dev.toolwright.runner.function;

import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.sandbox.PythonCall;
import dev.toolwright.sandbox.PythonOutline;
import dev.toolwright.sandbox.PythonResult;
import dev.toolwright.sandbox.Sandbox;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Runner;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Runs Python functions in the sandbox. Without a network grant they are pure, so a call that died
/// with its worker is simply run again.
public final class FunctionRunner implements Runner {
  private static final int MAX_CODE_BYTES = 100_000;

  /// When it is worth trying again after finding the sandbox busy.
  private static final Duration SOON = Duration.ofSeconds(1);

  private final Sandbox sandbox;

  public FunctionRunner(Sandbox sandbox) {
    this.sandbox = sandbox;
  }

  @Override
  public Class<? extends Config> runs() {
    return Config.Function.class;
  }

  @Override
  public void check(Config config, Fields in) throws InterruptedException {
    var function = (Config.Function) config;
    if (function.code().getBytes(StandardCharsets.UTF_8).length > MAX_CODE_BYTES) {
      in.fault("implementation.code", "must have at most 100 000 bytes");
      return;
    }
    switch (sandbox.parse(function.code())) {
      case PythonOutline.SyntaxFault fault ->
          in.fault(
              "implementation.code",
              "has a syntax error at line %d, column %d: %s"
                  .formatted(fault.line(), fault.column(), fault.message()));
      case PythonOutline.Unavailable unavailable -> {
        if (unavailable.passing()) {
          throw Problem.retryLater(
              Problem.Kind.UNAVAILABLE,
              "The code cannot be checked now: " + unavailable.message(),
              SOON);
        }
        in.fault("implementation.code", "cannot be checked: " + unavailable.message());
      }
      case PythonOutline.Parsed parsed -> checkName(function, parsed, in);
    }
  }

  private static void checkName(Config.Function function, PythonOutline.Parsed parsed, Fields in) {
    var names =
        parsed.functions().stream()
            .map(PythonOutline.Function::name)
            .filter(name -> !name.startsWith("_"))
            .distinct()
            .toList();
    var wanted = function.functionName();
    if (wanted != null) {
      if (parsed.functions().stream().noneMatch(f -> f.name().equals(wanted))) {
        in.fault(
            "implementation.function_name",
            "is not defined at the top level of the code" + listed(names));
      }
    } else if (names.isEmpty()) {
      in.fault("implementation.code", "defines no function at its top level");
    } else if (names.size() > 1) {
      in.fault(
          "implementation.function_name",
          "is required, as the code defines several functions" + listed(names));
    }
  }

  private static String listed(List<String> names) {
    return names.isEmpty() ? "" : "; it has " + String.join(", ", names);
  }

  @Override
  public Outcome run(Invocation call) throws InterruptedException {
    var function = (Config.Function) call.tool().content().config();
    var result =
        sandbox.run(
            new PythonCall(
                call.caller().workspaceId(),
                call.caller().userId(),
                function.code(),
                function.functionName(),
                call.arguments(),
                call.context(),
                call.timeout()));
    return switch (result) {
      case PythonResult.Returned returned -> {
        returned.logs().forEach(call.log());
        yield returned(returned.value());
      }
      case PythonResult.Raised raised -> {
        raised.logs().forEach(call.log());
        raised.traceback().forEach(call.log());
        yield new Outcome.Failed(
            "execution_error", raised.type() + ": " + raised.message(), null, false);
      }
      case PythonResult.Stopped stopped -> {
        stopped.logs().forEach(call.log());
        yield stopped(stopped);
      }
      case PythonResult.Refused refused ->
          new Outcome.Failed(
              "sandbox_refused", refused.message() + " " + refused.howToFix(), null, false);
    };
  }

  /// A function that returns `{"success": false, …}` has failed; it keeps its value. A bare `error`
  /// key is data.
  private static Outcome returned(JsonNode value) {
    if (value.isObject()
        && value.path("success").isBoolean()
        && !value.path("success").asBoolean()) {
      return new Outcome.Failed(
          value.path("error_type").asString("execution_error"),
          value.path("error").isString()
              ? value.path("error").asString()
              : "The tool reported a failure",
          value,
          false);
    }
    return new Outcome.Succeeded(value);
  }

  private static Outcome stopped(PythonResult.Stopped stopped) {
    return switch (stopped.reason()) {
      case TIMEOUT -> new Outcome.TimedOut(stopped.message());
      case CANCELLED -> new Outcome.Cancelled();
      case BUSY -> new Outcome.Limited(stopped.message(), SOON);
      case MEMORY, RESULT_TOO_LARGE, BAD_RESULT, CRASHED ->
          new Outcome.Failed("execution_error", stopped.message(), null, false);
    };
  }
}
