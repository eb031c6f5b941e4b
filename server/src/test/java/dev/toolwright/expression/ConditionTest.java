package dev.toolwright.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.toolwright.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class ConditionTest {
  private static final String NAMES =
      """
      {"issue_type": "technical", "complexity": "high", "n": 3, "x": 1.5, "big": 123456789012345678901234567890,
       "ok": true, "nothing": null, "tags": ["a", "b"], "results": {"score": {"value": 7.0, "all": [1, 2, 3]}}}
      """;

  private static Map<String, JsonNode> names() {
    var names = new LinkedHashMap<String, JsonNode>();
    Json.stored(NAMES).properties().forEach(field -> names.put(field.getKey(), field.getValue()));
    return names;
  }

  private static Condition.Truth truth(String text) {
    try {
      return Condition.parse(text).test(names());
    } catch (MalformedCondition e) {
      throw new AssertionError(text + ": " + e.getMessage(), e);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "issue_type == 'technical'",
        "complexity == \"high\" && n >= 3",
        "n == 3.0",
        "x > 1",
        "n < 3.5",
        "results.score.value == 7",
        "results['score'].all[1] == 2",
        "'a' in tags",
        "tags.exists(t, t == 'b')",
        "results.score.all.all(i, i > 0)",
        "size(tags) == 2",
        "ok",
        "nothing == null",
        "issue_type.startsWith('tech')",
        "issue_type.matches('^t.*l$')",
        "has(results.score)",
        "!has(results.other)",
        "ok || missing == 1",
        "type(n) == int",
        "string(n) == '3'",
        "big > 10",
      })
  void these_hold(String text) {
    assertThat(truth(text)).isEqualTo(new Condition.Truth(true, null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"issue_type == 'general'", "n > 3", "!ok", "n == '3'", "nothing == 1"})
  void these_do_not_hold(String text) {
    assertThat(truth(text).held()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "customer_tier == 'standard' | customer_tier",
        "results.other.value == 1 | other",
        "issue_type > 3 | overload",
        "n | neither true nor false",
        "n / 0 == 1 | zero",
        "tags[7] == 'a' | 7",
      })
  void what_cannot_be_judged_does_not_hold_and_says_why(String text, String reason) {
    var truth = truth(text);
    assertThat(truth.held()).isFalse();
    assertThat(truth.reason()).containsIgnoringCase(reason).doesNotContain("Exception");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a ==", "a = 1", "f(x)", "x == 'a", "lambda s: s['a'] > 1", "1 +"})
  void what_is_not_cel_is_refused_with_its_place(String text) {
    assertThatThrownBy(() -> Condition.parse(text))
        .isInstanceOf(MalformedCondition.class)
        .message()
        .contains("column ")
        .hasSizeLessThan(400);
  }
}
