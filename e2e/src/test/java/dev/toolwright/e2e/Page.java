package dev.toolwright.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The blocks of code of a Markdown page. The word after a block's language says what it is for:
///
/// - `bash`: commands that run, in the order of the page, in one shell
/// - `bash starts`: the line that starts the server of the page
/// - `json` or `text` right after commands: what they print, with `…` for what varies
/// - `shown` after any language: code that does not run here
///
/// A block without a language is a picture.
record Page(Path path, List<Block> blocks) {
  /// @param line where its text begins
  /// @param role `bash`, `starts`, `json`, `text`, `shown`, or what stands there if it is none
  record Block(int line, String role, String text) {}

  static Page read(Path path) {
    try {
      return new Page(path, blocks(Files.readAllLines(path)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Block> blocks(List<String> lines) {
    var blocks = new ArrayList<Block>();
    var afterCommands = false;
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).startsWith("```")) {
        afterCommands &= lines.get(i).isBlank();
        continue;
      }
      var info = lines.get(i).substring("```".length()).strip();
      var first = i + 1;
      do {
        i++;
      } while (!lines.get(i).equals("```"));
      if (!info.isEmpty()) {
        var text = String.join("\n", lines.subList(first, i)) + "\n";
        var block = new Block(first + 1, role(info, afterCommands), text);
        blocks.add(block);
        afterCommands = block.role().equals("bash");
      }
    }
    return List.copyOf(blocks);
  }

  private static String role(String info, boolean afterCommands) {
    var words = info.split(" +", -1);
    if (words.length > 1 && words[1].equals("shown")) {
      return "shown";
    }
    return switch (info) {
      case "bash" -> "bash";
      case "bash starts" -> "starts";
      case "json", "text" -> afterCommands ? info : info + " that follows no commands";
      default -> info;
    };
  }
}
