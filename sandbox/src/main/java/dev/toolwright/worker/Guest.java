package dev.toolwright.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.EnvironmentAccess;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.PolyglotAccess;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.IOAccess;

/// JavaScript: one engine that keeps parsed code, and a fresh context for every call.
final class Guest {
  private static final int KEPT = 64;
  private static final int MAX_RESULT = 1 << 20;
  private static final Map<String, String> OPTIONS =
      Map.ofEntries(
          Map.entry("js.disable-eval", "true"),
          Map.entry("js.print", "true"),
          Map.entry("js.console", "false"),
          Map.entry("js.load", "false"),
          Map.entry("js.graal-builtin", "false"),
          Map.entry("js.polyglot-builtin", "false"),
          Map.entry("js.java-package-globals", "false"),
          Map.entry("js.shared-array-buffer", "false"),
          Map.entry("js.atomics", "false"),
          Map.entry("js.webassembly", "false"),
          Map.entry("js.charset", "UTF-8"),
          Map.entry("js.locale", "en-US"),
          Map.entry("js.timezone", "UTC"));

  private final Engine engine =
      Engine.newBuilder("js")
          .in(InputStream.nullInputStream())
          .out(OutputStream.nullOutputStream())
          .err(OutputStream.nullOutputStream())
          .option("engine.WarnInterpreterOnly", "false")
          .allowExperimentalOptions(true)
          .options(OPTIONS) // read once, for all contexts
          .build();
  private final Source harness =
      Source.newBuilder("js", resource("harness.js"), "<harness>").buildLiteral();
  private final Map<String, Source> sources =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Source> eldest) {
          return size() > KEPT;
        }
      };

  static String resource(String name) {
    try (var in = Guest.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the build left out " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("cannot read " + name, e);
    }
  }

  /// A context that has run nothing but the harness.
  record Fresh(Context context, LogText logs, Value start, Value finish) implements AutoCloseable {
    /// The text kept in `logs` is whole afterwards.
    @Override
    public void close() {
      context.close(true);
    }
  }

  Fresh fresh() {
    var logs = new LogText();
    var context = context(logs);
    var driver = context.eval(harness);
    return new Fresh(context, logs, driver.getMember("start"), driver.getMember("finish"));
  }

  Context context(OutputStream out) {
    return Context.newBuilder("js")
        .engine(engine)
        .in(InputStream.nullInputStream())
        .out(out)
        .err(OutputStream.nullOutputStream())
        .allowHostAccess(HostAccess.NONE)
        .allowHostClassLoading(false)
        .allowIO(IOAccess.NONE)
        .allowCreateProcess(false)
        .allowCreateThread(false)
        .allowNativeAccess(false)
        .allowInnerContextOptions(false)
        .allowValueSharing(false)
        .allowEnvironmentAccess(EnvironmentAccess.NONE)
        .allowPolyglotAccess(PolyglotAccess.NONE)
        .build();
  }

  private Source source(String code, String function) {
    synchronized (sources) {
      return sources.computeIfAbsent(
          function + "\0" + code, _ -> source(Body.whole(code, function)));
    }
  }

  static Source source(String text) {
    return Source.newBuilder("js", text, Body.FILE).buildLiteral();
  }

  /// Runs a tool to its end: `v` and JSON; `e` and kind, message and stack of an exception; `s` and
  /// a reason (and a message).
  List<String> run(Fresh fresh, String code, String function, String params, String context) {
    try {
      var tool = fresh.context().eval(source(code, function));
      fresh.start().executeVoid(tool, params, context);
      var outcome = fresh.finish().execute();
      return outcome.isNull()
          ? List.of("e", "Error", "The tool waits for a promise that nothing will settle.", "")
          : answer(outcome.asString());
    } catch (PolyglotException e) {
      return failure(e);
    } catch (StackOverflowError e) {
      return List.of("e", "RangeError", "Maximum call stack size exceeded", "");
    }
  }

  private static List<String> answer(String outcome) {
    var rest = outcome.substring(1);
    return switch (outcome.charAt(0)) {
      case 'v' -> tooLarge(rest) ? List.of("s", "RESULT_TOO_LARGE") : List.of("v", rest);
      case 'e' -> {
        var parts = (rest + "\0\0").split("\0", 4);
        yield List.of("e", parts[0], parts[1], parts[2]);
      }
      default -> {
        var parts = (rest + "\0").split("\0", 3);
        yield List.of("s", parts[0], parts[1]);
      }
    };
  }

  private static boolean tooLarge(String json) {
    return json.length() > MAX_RESULT / 3
        && json.getBytes(StandardCharsets.UTF_8).length > MAX_RESULT;
  }

  private static List<String> failure(PolyglotException problem) {
    if (problem.isCancelled() || problem.isInterrupted()) {
      return List.of("s", "CANCELLED");
    }
    if (problem.isSyntaxError()) {
      var fault = Check.Fault.of(problem, "");
      return List.of(
          "e",
          "SyntaxError",
          fault.message() + " (line " + fault.line() + ", column " + fault.column() + ")",
          "");
    }
    if (problem.isResourceExhausted()) {
      return List.of("s", "MEMORY");
    }
    if (problem.isGuestException()) {
      return List.of("e", "Error", String.valueOf(problem.getMessage()), "");
    }
    return List.of("s", "CRASHED", "The JavaScript engine failed on this code.");
  }
}
