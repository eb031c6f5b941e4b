package dev.toolwright.runner.function;

import dev.toolwright.account.Caller;
import dev.toolwright.connection.Credentials;
import dev.toolwright.database.Database;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressRules;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.sandbox.FunctionResult;
import dev.toolwright.sandbox.JavaScript;
import dev.toolwright.sandbox.JsCall;
import dev.toolwright.sandbox.JsOutline;
import dev.toolwright.sandbox.Outlet;
import dev.toolwright.sandbox.PythonCall;
import dev.toolwright.sandbox.PythonOutline;
import dev.toolwright.sandbox.Sandbox;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Runner;
import dev.toolwright.vault.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Runs functions in the sandbox of their language. Without hosts that they may reach they are
/// pure, so a call that died with its worker is simply run again; with some, their requests leave
/// through [Fetches].
public final class FunctionRunner implements Runner {
  private static final int MAX_CODE_BYTES = 100_000;

  /// When it is worth trying again after finding the sandbox busy.
  private static final Duration SOON = Duration.ofSeconds(1);

  private final Sandbox python;
  private final JavaScript javaScript;
  private final Egress egress;
  private final Credentials credentials;
  private final Database database;

  public FunctionRunner(
      Sandbox python,
      JavaScript javaScript,
      Egress egress,
      Credentials credentials,
      Database database) {
    this.python = python;
    this.javaScript = javaScript;
    this.egress = egress;
    this.credentials = credentials;
    this.database = database;
  }

  @Override
  public Class<? extends Config> runs() {
    return Config.Function.class;
  }

  @Override
  public Config check(Caller caller, Config config, Fields in) throws InterruptedException {
    var function = (Config.Function) config;
    checkHosts(function, in);
    if (function.code().getBytes(StandardCharsets.UTF_8).length > MAX_CODE_BYTES) {
      in.fault("implementation.code", "must have at most 100 000 bytes");
      return function;
    }
    return switch (function.language()) {
      case "javascript" ->
          scripted(function, javaScript.parse(function.code(), function.functionName()), in);
      case "typescript" ->
          scripted(function, javaScript.strip(function.code(), function.functionName()), in);
      default -> {
        checkPython(function, in);
        yield function;
      }
    };
  }

  private static void checkHosts(Config.Function function, Fields in) {
    var hosts = function.network() == null ? List.<String>of() : function.network().hosts();
    for (var i = 0; i < hosts.size(); i++) {
      if (!EgressRules.isHost(hosts.get(i))) {
        in.fault(
            "implementation.allowed_hosts[" + i + "]",
            "must be a host or *.host, optionally with a :port and with https:// or http://");
      }
    }
  }

  /// The function with what examining it found out.
  private static Config.Function scripted(Config.Function function, JsOutline outline, Fields in) {
    switch (outline) {
      case JsOutline.SyntaxFault fault ->
          in.fault(
              "implementation.code",
              "has a syntax error at line %d, column %d: %s"
                  .formatted(fault.line(), fault.column(), fault.message()));
      case JsOutline.NameFault fault -> in.fault("implementation.function_name", fault.message());
      case JsOutline.Unavailable unavailable ->
          unavailable(unavailable.message(), unavailable.passing(), in);
      case JsOutline.Valid valid -> {
        var compiled =
            function.language().equals("typescript")
                ? new Config.Compiled(valid.code(), valid.lines())
                : null;
        return new Config.Function(
            function.language(),
            function.code(),
            valid.functionName(),
            compiled,
            function.network(),
            null);
      }
    }
    return function;
  }

  private static void unavailable(String message, boolean passing, Fields in) {
    if (passing) {
      throw Problem.retryLater(
          Problem.Kind.UNAVAILABLE, "The code cannot be checked now: " + message, SOON);
    }
    in.fault("implementation.code", "cannot be checked: " + message);
  }

  private void checkPython(Config.Function function, Fields in) throws InterruptedException {
    switch (python.parse(function.code())) {
      case PythonOutline.SyntaxFault fault ->
          in.fault(
              "implementation.code",
              "has a syntax error at line %d, column %d: %s"
                  .formatted(fault.line(), fault.column(), fault.message()));
      case PythonOutline.Unavailable unavailable ->
          unavailable(unavailable.message(), unavailable.passing(), in);
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
    var network = function.network();
    if (network == null) {
      return outcome(execute(function, call, UnaryOperator.identity(), telling(call, null)), call);
    }
    var secrets = new CallSecrets(network.secrets(), () -> opened(call, network));
    try (var fetches = new Fetches(call, network, egress, secrets)) {
      var result = execute(function, call, secrets.places()::marked, telling(call, fetches));
      var unknown =
          switch (result) {
            case FunctionResult.Raised _ -> fetches.unknown(true);
            case FunctionResult.Stopped stopped -> fetches.unknown(finished(stopped.reason()));
            case FunctionResult.Returned _, FunctionResult.Refused _ -> Optional.<Outcome>empty();
          };
      var shown = outcome(unmarked(result, secrets.places()), call);
      return unknown.orElse(shown);
    }
  }

  private static @Nullable Outlet telling(Invocation call, @Nullable Outlet network) {
    var progress = call.progress();
    return progress == null ? network : new Telling(progress, network);
  }

  /// Whether the code was at its end when it was stopped.
  private static boolean finished(FunctionResult.Reason reason) {
    return switch (reason) {
      case RESULT_TOO_LARGE, BAD_RESULT -> true;
      case TIMEOUT, MEMORY, CRASHED, CANCELLED, BUSY -> false;
    };
  }

  private Map<String, Secret> opened(Invocation call, Config.Network network) {
    var workspace = call.tool().workspaceId();
    return database.direct(tx -> credentials.open(tx, workspace, network.held()));
  }

  private FunctionResult execute(
      Config.Function function,
      Invocation call,
      UnaryOperator<String> marked,
      @Nullable Outlet outlet)
      throws InterruptedException {
    if (!function.language().equals("python")) {
      return javaScript.run(scriptCall(function, call, marked, outlet));
    }
    return python.run(
        new PythonCall(
            call.caller().workspaceId(),
            call.caller().userId(),
            marked.apply(function.code()),
            function.functionName(),
            call.arguments(),
            call.context(),
            outlet,
            function.memoryMb(),
            call.timeout()));
  }

  /// The result as if its author's code had run as it was written.
  private static FunctionResult unmarked(FunctionResult result, Placeholders places) {
    UnaryOperator<List<String>> lines = list -> list.stream().map(places::unmarked).toList();
    return switch (result) {
      case FunctionResult.Returned(var value, var logs) -> {
        var text = Json.write(value);
        yield new FunctionResult.Returned(
            places.occurIn(text) ? Json.stored(places.unmarked(text)) : value, lines.apply(logs));
      }
      case FunctionResult.Raised(var type, var message, var trace, var logs) ->
          new FunctionResult.Raised(
              type, places.unmarked(message), lines.apply(trace), lines.apply(logs));
      case FunctionResult.Stopped(var reason, var message, var logs) ->
          new FunctionResult.Stopped(reason, places.unmarked(message), lines.apply(logs));
      case FunctionResult.Refused refused -> refused;
    };
  }

  private static Outcome outcome(FunctionResult result, Invocation call) {
    return switch (result) {
      case FunctionResult.Returned returned -> {
        returned.logs().forEach(call.log());
        yield returned(returned.value());
      }
      case FunctionResult.Raised raised -> {
        raised.logs().forEach(call.log());
        raised.traceback().forEach(call.log());
        yield new Outcome.Failed(
            "execution_error", raised.type() + ": " + raised.message(), null, false);
      }
      case FunctionResult.Stopped stopped -> {
        stopped.logs().forEach(call.log());
        yield stopped(stopped);
      }
      case FunctionResult.Refused refused ->
          new Outcome.Failed(
              "sandbox_refused", refused.message() + " " + refused.howToFix(), null, false);
    };
  }

  private static JsCall scriptCall(
      Config.Function function,
      Invocation call,
      UnaryOperator<String> marked,
      @Nullable Outlet outlet) {
    var compiled = function.compiled();
    return new JsCall(
        call.caller().workspaceId(),
        call.caller().userId(),
        marked.apply(compiled == null ? function.code() : compiled.code()),
        function.functionName(),
        compiled == null ? null : new JsCall.Origin(function.code(), compiled.lines()),
        call.arguments(),
        call.context(),
        outlet,
        call.timeout());
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

  private static Outcome stopped(FunctionResult.Stopped stopped) {
    return switch (stopped.reason()) {
      case TIMEOUT -> new Outcome.TimedOut(stopped.message());
      case CANCELLED -> new Outcome.Cancelled();
      case BUSY -> new Outcome.Limited(stopped.message(), SOON);
      case MEMORY, RESULT_TOO_LARGE, BAD_RESULT, CRASHED ->
          new Outcome.Failed("execution_error", stopped.message(), null, false);
    };
  }
}
