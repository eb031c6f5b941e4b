package dev.toolwright.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class ReferencesTest {
  private static final Map<String, JsonNode> NAMES =
      Map.of(
          "input",
          Json.stored("{\"n\": 3, \"name\": \"Ada ${input.n}\", \"list\": [1, {\"x\": true}]}"),
          "item",
          Json.stored("null"));

  private static String filled(String tree) throws UnresolvedReference {
    return Json.write(References.fill(Json.stored(tree), NAMES));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"${input.n}\" | 3",
        "\"${ input.n }\" | 3",
        "\"${input.list}\" | [1,{\"x\":true}]",
        "\"${input.list[1].x}\" | true",
        "\"${input.list.0}\" | 1",
        "\"${item}\" | null",
        "\"n is ${input.n}, list ${input.list}\" | \"n is 3, list [1,{\\\"x\\\":true}]\"",
        "{\"a\":[\"${input.n}\",{\"b\":\"${input.name}\"}]} | {\"a\":[3,{\"b\":\"Ada ${input.n}\"}]}",
        "\"$${input.n} costs $5 {x}\" | \"${input.n} costs $5 {x}\"",
        "[1,null,true] | [1,null,true]",
      })
  void a_whole_value_keeps_its_type_and_what_is_filled_in_is_data(String tree, String expected)
      throws UnresolvedReference {
    assertThat(filled(tree)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"${input.other}", "${nobody}", "x ${input.list[9]} y", "${input.n.m}"})
  void what_refers_to_nothing_is_named(String text) {
    assertThatThrownBy(() -> References.fill(Json.tree(text), NAMES))
        .isInstanceOf(UnresolvedReference.class)
        .hasMessageContaining("refers to nothing");
  }

  @Test
  void references_and_what_only_looks_like_them_are_found() {
    var found = new ArrayList<String>();
    var malformed = new ArrayList<String>();
    References.visit(
        Json.stored(
            "{\"a\": \"${x} and ${steps.a.result[0]}\", \"b\": [\"${}\", \"${a b}\", \"${c\"]}"),
        path -> found.add(path.root() + "/" + path.segments().size()),
        malformed::add);
    assertThat(found).containsExactly("x/1", "steps/4");
    assertThat(malformed).hasSize(3).allMatch(text -> text.contains("is no reference"));
  }

  @Test
  void a_literal_text_means_itself() throws UnresolvedReference {
    var text = "pay $${5} or ${input.n}";
    assertThat(References.fill(Json.tree(References.literal(text)), NAMES).stringValue())
        .isEqualTo(text);
  }
}
