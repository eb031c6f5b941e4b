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

  /// A context that has run nothing but the harness, and the functions that drive a call.
  record Fresh(Context context, LogText logs, Value driver) implements AutoCloseable {
    Value call(String function, Object... arguments) {
      return driver.getMember(function).execute(arguments);
    }

    /// The text kept in `logs` is whole afterwards.
    @Override
    public void close() {
      context.close(true);
    }
  }

  Fresh fresh() {
    var logs = new LogText();
    var context = context(logs);
    return new Fresh(context, logs, context.eval(harness));
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
  ///
  /// @param call its texts: code, function, parameters, context, whether it has a network, and
  ///   whether anybody hears of its progress
  List<String> run(Fresh fresh, Frames.Order call, Questions questions) throws IOException {
    try {
      var tool = fresh.context().eval(source(call.text(0), call.text(1)));
      var network = !call.text(4).isEmpty();
      var heard = !call.text(5).isEmpty();
      var _ = fresh.call("start", tool, call.text(2), call.text(3), network, heard);
      if (!settled(fresh, questions)) {
        return List.of("s", "CANCELLED");
      }
      var outcome = fresh.call("finish");
      return outcome.isNull()
          ? List.of("e", "Error", "The tool waits for a promise that nothing will settle.", "")
          : answer(outcome.asString());
    } catch (PolyglotException e) {
      return failure(e);
    } catch (StackOverflowError e) {
      return List.of("e", "RangeError", "Maximum call stack size exceeded", "");
    }
  }

  /// Lets the code go on with the answers to what it asks, until it asks nothing any more.
  ///
  /// @return false when nobody waits for the call any more
  private static boolean settled(Fresh fresh, Questions questions) throws IOException {
    while (true) {
      for (var asked = fresh.call("asked"); !asked.isNull(); asked = fresh.call("asked")) {
        var question = asked.asString();
        var end = question.indexOf('\0');
        questions.ask(question.substring(0, end), question.substring(end + 1));
      }
      if (!questions.areOpen()) {
        return true;
      }
      var answer = questions.next();
      if (answer == null) {
        return false;
      }
      var _ = fresh.call("settle", answer.id(), answer.head(), answer.body());
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
