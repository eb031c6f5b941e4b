package dev.toolwright.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// What a user message directs the [ScriptedModel] to do, turn by turn. A turn is the directives
/// between two `---` lines; `SAY` takes its text to the end of its turn. Lines that are no
/// directive are skipped. Written apart from the product's own rehearsal grammar on purpose: each
/// checks the other.
record Script(List<List<Directive>> turns) {
  private static final Pattern LINE = Pattern.compile("([A-Z_]+)(?:\\s+(.*))?");
  private static final Set<String> WORDS =
      Set.of(
          "CALL",
          "SAY",
          "ERROR",
          "SLOW",
          "MALFORMED",
          "BADJSON",
          "HANG",
          "DROP",
          "LENGTH",
          "REFUSE",
          "FILTER",
          "UNKNOWN_TOOL",
          "EMPTY",
          "LOOP",
          "USAGE",
          "CUT",
          "END",
          "STALL",
          "BREAK",
          "REFUSES",
          "PACE",
          "WHOLE");

  /// @param rest what follows the word, stripped; empty if nothing does
  record Directive(String word, String rest) {
    /// The rest's word at `index`, or `otherwise` where there is none or a dash.
    String argument(int index, String otherwise) {
      var words = rest.split("\\s+", -1);
      return index < words.length && !words[index].isEmpty() && !words[index].equals("-")
          ? words[index]
          : otherwise;
    }

    int number(int index, int otherwise) {
      return Integer.parseInt(argument(index, Integer.toString(otherwise)));
    }

    /// The tool that a CALL or LOOP names.
    String tool() {
      return argument(0, "unnamed");
    }

    /// What follows the tool's name, as it is.
    String json() {
      var space = rest.indexOf(' ');
      return space < 0 ? "{}" : rest.substring(space + 1).strip();
    }
  }

  /// No turns when the text directs nothing.
  static Script of(String text) {
    var turns = new ArrayList<List<Directive>>();
    for (var block : text.split("(?m)^\\s*---\\s*$", -1)) {
      var turn = turn(block.lines().toList());
      if (!turn.isEmpty()) {
        turns.add(turn);
      }
    }
    return new Script(List.copyOf(turns));
  }

  private static List<Directive> turn(List<String> lines) {
    var turn = new ArrayList<Directive>();
    for (var i = 0; i < lines.size(); i++) {
      var line = LINE.matcher(lines.get(i).strip());
      if (!line.matches() || !WORDS.contains(line.group(1))) {
        continue;
      }
      var rest = line.group(2) == null ? "" : line.group(2);
      if (line.group(1).equals("SAY")) {
        var more = String.join("\n", lines.subList(i + 1, lines.size()));
        turn.add(new Directive("SAY", (rest + "\n" + more).strip()));
        break;
      }
      turn.add(new Directive(line.group(1), rest));
    }
    return List.copyOf(turn);
  }

  /// The directives of the `index`th turn. A LOOP repeats for ever; after the last turn there is
  /// nothing.
  List<Directive> turn(int index) {
    for (var i = 0; i < turns.size() && i <= index; i++) {
      if (i == index || turns.get(i).stream().anyMatch(d -> d.word().equals("LOOP"))) {
        return turns.get(i);
      }
    }
    return List.of();
  }
}
