package dev.toolwright.builtin;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.User;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reading on where a large result's preview ends.
@SuppressWarnings("NullAway.Init")
class ReadArtifactTest {
  private static TestPlatform platform;

  @BeforeAll
  static void open() {
    platform = new TestPlatform(Map.of("TOOLWRIGHT_ARTIFACT_THRESHOLD_KIB", "16"));
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  /// The id of an artifact that holds what a Python expression gives.
  private static String kept(String expression) {
    var tool = name("big");
    platform.tool(
        platform.ada,
        function(tool, "def run(parameters, context):\n    return %s\n".formatted(expression)));
    return platform
        .test(platform.ada, tool, json("{}"))
        .path("result")
        .path("artifact_id")
        .asString();
  }

  private static JsonNode answered(User user, String id, String arguments) {
    ObjectNode given = json(arguments).put("artifact_id", id);
    return platform.test(user, "read_artifact", given);
  }

  private static JsonNode read(String id, String arguments) {
    var answer = answered(platform.ada, id, arguments);
    assertThat(answer.path("success").asBoolean()).as(answer.toString()).isTrue();
    return answer.path("result");
  }

  @Test
  void the_parts_add_up_to_the_whole_and_no_character_is_cut() {
    var id = kept("'aä€😀' * 3000");
    var whole = new StringBuilder();
    var offset = 0;
    JsonNode part;
    do {
      part = read(id, "{'offset':%d,'length':997}".formatted(offset));
      assertThat(part.path("offset").asInt()).isEqualTo(offset);
      assertThat(part.path("text").asString().getBytes(StandardCharsets.UTF_8).length)
          .isBetween(990, 997);
      whole.append(part.path("text").asString());
      offset = part.path("next_offset").asInt();
    } while (part.has("next_offset") && offset < 30_000 - 997);
    whole.append(read(id, "{'offset':" + offset + "}").path("text").asString());
    assertThat(whole.toString()).isEqualTo("aä€😀".repeat(3_000));
    assertThat(part.path("size_bytes").asInt()).isEqualTo(30_000);
  }

  @Test
  void a_part_may_begin_anywhere_and_beyond_the_end_there_is_nothing() {
    var id = kept("'😀' * 10000");
    assertThat(read(id, "{'offset':1,'length':100}").path("text").asString())
        .isEqualTo("😀".repeat(24));
    assertThat(read(id, "{'offset':1,'length':100}").path("offset").asInt()).isEqualTo(4);
    var beyond = read(id, "{'offset':40000}");
    assertThat(beyond.path("text").asString()).isEmpty();
    assertThat(beyond.has("next_offset")).isFalse();
  }

  @Test
  void a_text_is_found_with_what_is_around_it_whatever_its_case() {
    var id = kept("['row ' + str(n) + (' ERROR ä' if n % 1000 == 7 else '') for n in range(5000)]");
    var found = read(id, "{'search':'error'}");
    assertThat(found.path("matches"))
        .hasSize(5)
        .allSatisfy(match -> assertThat(match.path("text").asString()).contains("7 ERROR ä"));
    var at = found.path("matches").get(2).path("offset").asInt();
    assertThat(read(id, "{'offset':%d,'length':100}".formatted(at)).path("text").asString())
        .startsWith("ERROR ä");
    assertThat(read(id, "{'search':'error','offset':" + (at + 1) + "}").path("matches")).hasSize(2);
    assertThat(read(id, "{'search':'nothing'}").path("matches")).isEmpty();
  }

  @Test
  void many_matches_come_in_portions() {
    var id = kept("'needle ' * 3000");
    var found = read(id, "{'search':'needle'}");
    assertThat(found.path("matches")).hasSize(20);
    assertThat(found.path("next_offset").asInt()).isEqualTo(20 * 7);
    var next = read(id, "{'search':'needle','offset':140}");
    assertThat(next.path("matches").get(0).path("offset").asInt()).isEqualTo(140);
  }

  @Test
  void what_it_answers_is_never_an_artifact_itself() {
    var id = kept("chr(1) * 100000");
    var part = read(id, "{'length':16000}");
    assertThat(part.path("text").asString().length()).isBetween(1_000, 3_000);
    assertThat(part.path("next_offset").asInt()).isEqualTo(part.path("text").asString().length());
    var found = read(id, "{'search':'\\u0001'}");
    assertThat(found.path("matches").size()).isBetween(1, 20);
    assertThat(found.has("artifact_id")).isTrue();
    assertThat(found.has("preview")).isFalse();
  }

  @Test
  void anothers_artifact_is_not_there() {
    var id = kept("'x' * 100000");
    for (var user : new User[] {platform.bob, platform.eve}) {
      var answer = answered(user, id, "{}");
      assertThat(answer.path("success").asBoolean(true)).isFalse();
      assertThat(answer.path("error").asString())
          .isEqualTo("There is no artifact " + id + " of yours, or it has expired");
    }
    assertThat(answered(platform.root, id, "{}").path("success").asBoolean()).isTrue();
  }
}
