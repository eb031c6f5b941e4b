package dev.toolwright.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.json.Json;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/// What is shown of a value without all of it.
class PreviewTest {
  private static JsonNode orders(int count) {
    var orders = Json.array();
    IntStream.range(0, count)
        .forEach(i ->
            orders.addObject().put("id", i).put("customer", "Ada").put("note", "x".repeat(100)));
    return Json.object().put("total", count).set("orders", orders);
  }

  @Test
  void a_text_is_shown_by_its_beginning_and_never_cut_within_a_character() {
    var shown = Preview.of(StringNode.valueOf("x".repeat(1_999) + "😀".repeat(100)));
    assertThat(shown).isEqualTo("x".repeat(1_999) + "…");
    assertThat(Preview.of(StringNode.valueOf("short"))).isEqualTo("short");
  }

  @Test
  void a_list_is_shown_by_its_first_items_and_how_many_more_there_are() {
    var shown = Json.stored(Preview.of(orders(5_000)));
    assertThat(shown.path("total").asInt()).isEqualTo(5_000);
    var items = shown.path("orders");
    assertThat(items.size()).isBetween(6, 12);
    assertThat(items.get(0).path("customer").asString()).isEqualTo("Ada");
    assertThat(items.get(items.size() - 1).asString())
        .isEqualTo("… " + (5_000 - items.size() + 1) + " more");
  }

  @Test
  void an_object_is_shown_by_its_first_names_and_how_many_more_there_are() {
    var many = Json.object();
    IntStream.range(0, 10_000).forEach(i -> many.put("name" + i, i));
    var shown = Json.stored(Preview.of(many));
    assertThat(shown.path("name0").asInt()).isZero();
    assertThat(shown.path("…").asString()).isEqualTo(10_000 - (shown.size() - 1) + " more");
  }

  @Test
  void whatever_it_is_the_preview_stays_short() {
    var wide = Json.array();
    for (var i = 0; i < 50; i++) {
      wide.add(orders(50));
    }
    JsonNode deep = StringNode.valueOf("x".repeat(50_000));
    for (var i = 0; i < 95; i++) {
      deep = Json.array().add(deep).add(i);
    }
    var longNames = Json.object();
    for (var i = 0; i < 100; i++) {
      longNames.put("n".repeat(5_000) + i, i);
    }
    for (var value : new JsonNode[] {wide, deep, longNames}) {
      assertThat(Preview.of(value).length()).isBetween(10, 2_001);
    }
  }
}
