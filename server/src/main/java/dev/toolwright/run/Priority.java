package dev.toolwright.run;

import dev.toolwright.json.Fields;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Which of a workspace's ready runs goes first. It moves a run among those of its own workspace:
/// the share of the others stays.
public enum Priority {
  LOW(1),
  NORMAL(2),
  HIGH(3);

  private static final List<String> WORDS = Arrays.stream(values()).map(Priority::word).toList();

  private final int stored;

  Priority(int stored) {
    this.stored = stored;
  }

  /// Reads the field `priority`; normal when there is none.
  public static Priority read(Fields in) {
    var said = readIfSaid(in);
    return said == null ? NORMAL : said;
  }

  /// Reads the field `priority`; null when there is none.
  public static @Nullable Priority readIfSaid(Fields in) {
    var word = in.choice("priority", WORDS);
    return word == null ? null : of(word);
  }

  public static Priority of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }

  /// As the API has it: `low`, `normal` or `high`.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// As it is stored.
  int stored() {
    return stored;
  }

  static Priority ofStored(int number) {
    return Arrays.stream(values()).filter(one -> one.stored == number).findFirst().orElseThrow();
  }
}
