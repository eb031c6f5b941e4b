package dev.toolwright.model;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The directions that a message to the [Rehearsal] holds, turn by turn. Lines that are no
/// direction are skipped.
///
/// @param turns at least one
record Directions(List<Turn> turns) {
  private static final Pattern CALL = Pattern.compile("CALL\\s+(\\S+)(?:\\s+([{\\[<].*))?");
  private static final Pattern SAY = Pattern.compile("SAY(?:\\s(.*))?", Pattern.DOTALL);
  private static final Pattern FAIL = Pattern.compile("FAIL(?:\\s+(.*))?");

  /// What one answer of the model holds.
  sealed interface Turn {
    /// Calls to make at once.
    record Calls(List<Call> calls) implements Turn {}

    /// The last text.
    record Say(String text) implements Turn {}

    /// An answer that never comes.
    record Fail(String reason) implements Turn {}
  }

  /// @param arguments as they stand in the line, placeholders included; not necessarily JSON
  record Call(String name, String arguments) {}

  /// Null when no line of the text is a direction.
  static @Nullable Directions in(String text) {
    var turns = new ArrayList<Turn>();
    var calls = new ArrayList<Call>();
    var lines = text.lines().toList();
    for (var i = 0; i < lines.size(); i++) {
      var line = lines.get(i).strip();
      var call = CALL.matcher(line);
      if (call.matches()) {
        calls.add(new Call(call.group(1), call.group(2) == null ? "{}" : call.group(2)));
        continue;
      }
      var last = last(line, lines.subList(i + 1, lines.size()));
      if (line.equals("---") || last != null) {
        close(calls, turns);
      }
      if (last != null) {
        turns.add(last);
        return new Directions(List.copyOf(turns));
      }
    }
    close(calls, turns);
    return turns.isEmpty() ? null : new Directions(List.copyOf(turns));
  }

  /// SAY and FAIL end the script; SAY takes everything that follows.
  private static @Nullable Turn last(String line, List<String> rest) {
    var fail = FAIL.matcher(line);
    if (fail.matches()) {
      return new Turn.Fail(fail.group(1) == null ? "no reason given" : fail.group(1));
    }
    var say = SAY.matcher(line);
    if (!say.matches()) {
      return null;
    }
    var first = say.group(1) == null ? "" : say.group(1);
    var text = new StringBuilder(first);
    rest.forEach(more -> text.append('\n').append(more));
    return new Turn.Say(text.toString().strip());
  }

  private static void close(List<Call> calls, List<Turn> turns) {
    if (!calls.isEmpty()) {
      turns.add(new Turn.Calls(List.copyOf(calls)));
      calls.clear();
    }
  }
}
