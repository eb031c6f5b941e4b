package dev.toolwright.expression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.json.Json;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class UrlTemplateTest {
  private static Optional<URI> filled(String template, String values) {
    var node = (ObjectNode) Json.stored(values.replace('\'', '"'));
    return Objects.requireNonNull(UrlTemplate.parse(template).template())
        .fill(node::get, List.of());
  }

  private static String text(String template, String values) {
    return filled(template, values).orElseThrow().toString();
  }

  @Test
  void values_are_encoded_and_never_looked_at_again() {
    assertThat(text("https://a.example/x/{id}?q={{q}}", "{'id':'a/b{q}','q':'1&2=3#+ %'}"))
        .isEqualTo("https://a.example/x/a%2Fb%7Bq%7D?q=1%262%3D3%23%2B%20%25");
    assertThat(text("http://a/{n}/{b}/{d}", "{'n':5,'b':true,'d':1.50}"))
        .startsWith("http://a/5/true/1.5");
    assertThat(text("http://a/{ id }", "{'id':'ü€'}")).isEqualTo("http://a/%C3%BC%E2%82%AC");
  }

  @Test
  void a_query_pair_without_a_value_is_left_out() {
    assertThat(text("http://a/?x={x}&y={y}-{x}&z=1", "{'y':'v','x':null}"))
        .isEqualTo("http://a/?z=1");
    assertThat(text("http://a/?x={x}", "{}")).isEqualTo("http://a/");
    assertThat(text("http://a?x={x}", "{'x':''}")).isEqualTo("http://a?x=");
  }

  @Test
  void a_path_place_needs_a_value_that_keeps_the_paths_shape() {
    for (var bad : List.of("{}", "{'id':null}", "{'id':''}", "{'id':'.'}", "{'id':'..'}")) {
      assertThat(filled("http://a/{id}/b", bad)).as(bad).isEmpty();
    }
    for (var tricky :
        List.of("../..", "..%2f", "%2e%2e", "..\\\\", "...", "a/../b", ";x", "\\u0000")) {
      var uri = text("http://a/{id}/b", "{'id':'" + tricky + "'}");
      assertThat(URI.create(uri).normalize().getRawPath())
          .as(tricky)
          .endsWith("/b")
          .startsWith("/");
      assertThat(URI.create(uri).getRawPath().chars().filter(c -> c == '/').count()).isEqualTo(2);
    }
  }

  @Test
  void dots_cannot_be_put_together_from_several_places() {
    for (var template : List.of("http://a/x/{a}{b}/c", "http://a/x/.{a}/c", "http://a/x/{a}./c")) {
      for (var values : List.of("{'a':'.','b':'.'}", "{'a':'..','b':'.'}")) {
        assertThat(filled(template, values)).as(template + values).isEmpty();
      }
    }
  }

  @Test
  void the_host_is_the_authors() {
    for (var bad :
        List.of(
            "http://{host}/",
            "http://a{x}.example/",
            "ftp://a/",
            "a/b",
            "",
            "http://",
            "http://u:p@a/",
            "http://a b/",
            "http://a\\@b/",
            "HTTP://a/",
            "file:///etc/passwd")) {
      assertThat(UrlTemplate.parse(bad).template()).as(bad).isNull();
      assertThat(UrlTemplate.parse(bad).fault()).as(bad).startsWith("must ");
    }
  }

  @Test
  void more_pairs_repeat_lists_and_leave_out_null() {
    var more = (ObjectNode) Json.stored("{\"l\":[1,\"b c\"],\"o\":{\"k\":1},\"n\":null}");
    var template = Objects.requireNonNull(UrlTemplate.parse("http://a/p#frag").template());
    List<Map.Entry<String, JsonNode>> pairs = List.copyOf(more.properties());
    assertThat(template.fill(_ -> null, pairs))
        .contains(URI.create("http://a/p?l=1&l=b%20c&o=%7B%22k%22%3A1%7D"));
  }
}
