package dev.toolwright.importer.openapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.toolwright.json.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/// Texts of documents, and of what pretends to be one.
class DocumentTextTest {
  private static ObjectNode read(String text) throws Unfit {
    return DocumentText.read(text, null);
  }

  private static void refused(String text, String why) {
    assertThatExceptionOfType(Unfit.class)
        .isThrownBy(() -> read(text))
        .withMessageContaining(why)
        .satisfies(e -> assertThat(e.why()).hasSizeLessThan(300));
  }

  @Test
  void yaml_and_json_say_the_same() throws Unfit {
    var yaml =
        """
        # a comment
        a: {b: [1, -2.5, 1e3, true, ~, 'x']}
        c: |
          two
          lines
        "d": !!str 5
        """;
    var json =
        "\uFEFF {\"a\":{\"b\":[1,-2.5,1e3,true,null,\"x\"]},\"c\":\"two\\nlines\\n\",\"d\":\"5\"}";
    assertThat(Json.canonical(read(yaml))).isEqualTo(Json.canonical(read(json)));
  }

  @Test
  void what_only_yaml_1_1_takes_for_something_else_is_a_text() throws Unfit {
    var tree =
        read(
            "country: no\nlight: on\nbig: 1_000\nold: 0o17\ndate: 2020-01-01\nversion: 1.2.3\n200: x");
    assertThat(tree.toString())
        .isEqualTo(
            "{\"country\":\"no\",\"light\":\"on\",\"big\":\"1_000\",\"old\":\"0o17\","
                + "\"date\":\"2020-01-01\",\"version\":\"1.2.3\",\"200\":\"x\"}");
  }

  @Test
  void anchors_and_merge_keys_mean_what_they_stand_for() throws Unfit {
    var tree = read("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc: [*a]\n");
    assertThat(tree.path("b").toString()).isEqualTo("{\"y\":3,\"x\":1}");
    assertThat(tree.path("c").path(0).path("y").asInt()).isEqualTo(2);
  }

  @Test
  void a_billion_laughs_are_not_laughed() {
    var bomb = new StringBuilder("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for (var i = 1; i < 12; i++) {
      bomb.append("a%d: &a%d [".formatted(i, i));
      bomb.append(("*a" + (i - 1) + ", ").repeat(9)).append("1]\n");
    }
    refused(bomb.toString(), "500 000 values, aliases counted as often as they are used");
  }

  @Test
  void few_aliases_that_double_and_double_are_refused_as_well() {
    var bomb = new StringBuilder("a0: &a0 {x: lol}\n");
    for (var i = 1; i < 40; i++) {
      bomb.append("a%d: &a%d {l: *a%d, r: *a%d}\n".formatted(i, i, i - 1, i - 1));
    }
    refused(bomb.toString(), "500 000 values");
  }

  @Test
  void deep_nesting_is_refused_in_each_spelling() {
    var deep = 100_000;
    refused("{\"a\":".repeat(deep) + "1" + "}".repeat(deep), "exceeds a limit");
    refused("a: " + "[".repeat(deep) + "]".repeat(deep), "more than 100 levels");
    refused("a: " + "{a: ".repeat(deep) + "1" + "}".repeat(deep), "more than 100 levels");
    refused("- ".repeat(deep) + "1", "more than 100 levels");
    var block = new StringBuilder();
    for (var i = 0; i < 2_000; i++) {
      block.append(" ".repeat(i)).append("a:\n");
    }
    refused(block.toString(), "more than 100 levels");
  }

  @Test
  void aliases_to_themselves_and_to_nothing_are_refused() {
    refused("a: &a [*a]", "to nothing, or to itself");
    refused("a: *b", "to nothing, or to itself");
  }

  @Test
  void tags_construct_nothing() {
    refused(
        "a: !!javax.script.ScriptEngineManager [!!java.net.URLClassLoader [[!!java.net.URL"
            + " [\"http://127.0.0.1:1/\"]]]]",
        "which no OpenAPI document needs");
    refused("a: !!python/object/apply:os.system ['true']", "which no OpenAPI document needs");
    refused("a: !local x", "which no OpenAPI document needs");
  }

  @Test
  void giants_are_refused() {
    refused("{\"a\":\"" + "x".repeat(11 << 20) + "\"}", "larger than 10 MB");
    refused("{\"a\":[" + "0,".repeat(600_000) + "0]}", "500 000 values");
    refused("a: [" + "0,".repeat(600_000) + "0]", "500 000 values");
  }

  @Test
  void what_is_no_document_is_told_so() {
    refused("", "is empty");
    refused("  \n ", "is empty");
    refused("<!DOCTYPE html><html>", "a web page or XML");
    refused("{\"a\": }", "Malformed JSON at line 1");
    refused("a: [", "malformed YAML at line 1");
    refused("just words", "is not an object");
    refused("- a\n- b", "is not an object");
    refused("a: 1\na: 2", "\"a\" is given twice");
    refused("{\"a\":1,\"a\":2}", "Malformed JSON");
    refused("a: 1\n---\na: 2", "more than one YAML document");
    refused("? [a, b]\n: c", "whose key is no text");
    refused("a: \"\\0\"", "U+0000");
    refused("? " + "k".repeat(2_000) + "\n: 1", "more than 1 000 characters");
    refused("{\"a\":\"\\ud800\"}", "surrogate");
    assertThatExceptionOfType(Unfit.class)
        .isThrownBy(() -> DocumentText.read(new byte[] {(byte) 0xff, (byte) 0xfe, 'a', 0}, null))
        .withMessageContaining("no UTF-8");
    assertThatExceptionOfType(Unfit.class)
        .isThrownBy(() -> DocumentText.read("a: 1".getBytes(StandardCharsets.UTF_8), "json"))
        .withMessageContaining("Malformed JSON");
  }
}
