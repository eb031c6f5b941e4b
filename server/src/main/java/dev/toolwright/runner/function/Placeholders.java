package dev.toolwright.runner.function;

import dev.toolwright.json.Ids;
import java.util.Collection;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The places of secrets in the requests of one call. What the tool's code spells `{{name}}` is
/// marked before the code runs, with a word that nobody can know earlier. Only a marked place is
/// filled: braces that come with the arguments, from a model or from a remote are mere text.
final class Placeholders {
  private static final int MARK_BYTES = 12;

  private final String mark = "." + Ids.random(MARK_BYTES);
  private final boolean none;
  private final Pattern written;
  private final Pattern marked;

  /// @param names of the tool's secrets
  Placeholders(Collection<String> names) {
    var any = names.stream().map(Pattern::quote).collect(Collectors.joining("|", "(", ")"));
    this.none = names.isEmpty();
    this.written = Pattern.compile("\\{\\{\\s*" + any + "\\s*}}");
    this.marked =
        Pattern.compile(
            "(?:\\{\\{|%7[Bb]%7[Bb])" + any + Pattern.quote(mark) + "(?:}}|%7[Dd]%7[Dd])");
  }

  /// The code with its places marked.
  String marked(String code) {
    return none
        ? code
        : written
            .matcher(code)
            .replaceAll(found -> Matcher.quoteReplacement("{{" + found.group(1) + mark + "}}"));
  }

  /// Whether a place, or what is left of one, is in the text.
  boolean occurIn(String text) {
    return text.contains(mark);
  }

  /// The text with its places filled, once: what is filled in is not looked at again.
  ///
  /// @param value of a name, as it must stand in the text
  String filled(String text, UnaryOperator<String> value) {
    return none
        ? text
        : marked
            .matcher(text)
            .replaceAll(found -> Matcher.quoteReplacement(value.apply(found.group(1))));
  }

  /// The text as the author wrote it.
  String unmarked(String text) {
    return none ? text : text.replace(mark, "");
  }
}
