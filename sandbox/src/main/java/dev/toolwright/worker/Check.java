package dev.toolwright.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;

/// Examines the code of a tool without executing any of it.
final class Check {
  private static final Pattern PLACE = Pattern.compile("^SyntaxError: \\S+:\\d+:\\d+ ");

  private final Context context;

  Check(Context context) {
    this.context = context;
  }

  /// Where code is no JavaScript. Line and column start at 1.
  record Fault(int line, int column, String message) {
    static Fault of(PolyglotException problem, String code) {
      var first = String.valueOf(problem.getMessage()).lines().findFirst().orElse("");
      var message = PLACE.matcher(first).replaceFirst("");
      var place = problem.getSourceLocation();
      if (place == null) {
        return new Fault(1, 1, message);
      }
      var line = place.getStartLine();
      var column = place.getStartColumn() - (line == 1 ? Body.INDENT : 0);
      var lines = (int) code.lines().count();
      if (!code.isEmpty() && line > lines) {
        var last = code.lines().skip(Math.max(0, lines - 1)).findFirst().orElse("");
        return new Fault(Math.max(1, lines), last.length() + 1, "the code ends too early");
      }
      return new Fault(line, Math.max(1, column), message);
    }

    List<String> texts() {
      return List.of("x", Integer.toString(line), Integer.toString(column), message);
    }
  }

  /// `x` with line, column and message; `n` with a fault of the wanted name; or `o` and the name of
  /// the function to call, empty for the body itself.
  ///
  /// @param source what the code was made from, where functions begin at the beginning of a line
  List<String> examine(String code, String wanted, String source) {
    var fault = fault(Body.whole(code, ""), code).or(() -> fault(Body.inBrackets(code), code));
    if (fault.isPresent()) {
      return fault.get().texts();
    }
    if (!wanted.isEmpty()) {
      if (fault("let " + wanted + ";", "").isPresent()) {
        return List.of("n", "is a reserved word");
      }
      return defines(code, wanted)
          ? List.of("o", wanted)
          : List.of("n", "is not defined at the top level of the code");
    }
    return List.of("o", fault(code, "").isPresent() ? "" : onlyFunction(code, source));
  }

  /// Code that is a whole script has no `return`, so as a body it could answer nothing: if it
  /// defines one function, that one is meant.
  private String onlyFunction(String code, String source) {
    var found = new ArrayList<String>();
    for (var name : Body.functions(source)) {
      if (!name.startsWith("_") && defines(code, name)) {
        found.add(name);
      }
    }
    return found.size() == 1 ? found.getFirst() : "";
  }

  private boolean defines(String code, String name) {
    return fault(Body.defining(code, name), "").isPresent();
  }

  private Optional<Fault> fault(String text, String code) {
    try {
      context.parse(Guest.source(text));
      return Optional.empty();
    } catch (PolyglotException e) {
      return Optional.of(Fault.of(e, code));
    } catch (StackOverflowError e) {
      return Optional.of(new Fault(1, 1, "the code is nested too deeply"));
    }
  }
}
