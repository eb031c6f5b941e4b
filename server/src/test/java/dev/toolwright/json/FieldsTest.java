package dev.toolwright.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.toolwright.http.Problem;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class FieldsTest {
  private static Fields of(String json) {
    return Fields.of((ObjectNode) Json.stored(json));
  }

  private static List<String> faults(Fields fields) {
    return catchThrowableOfType(Problem.class, fields::finish).messages();
  }

  @Test
  void tells_every_fault_at_once() {
    var fields = of("{\"name\":\"\",\"temperature\":3,\"tools\":[1],\"steps\":1.5,\"on\":\"yes\"}");
    fields.requiredText("name", 1, 100);
    fields.requiredText("instructions", 1, 100);
    fields.number("temperature", 0, 2);
    fields.texts("tools", 10, 64);
    fields.integer("steps", 1, 10);
    fields.bool("on");
    assertThat(faults(fields))
        .containsExactly(
            "name must not be empty",
            "instructions is required",
            "temperature must be from 0 to 2",
            "tools[0] must be a string",
            "steps must be a whole number",
            "on must be true or false");
  }

  @Test
  void names_unknown_fields_and_the_nearest_known_one() {
    var fields = of("{\"instructon\":\"x\",\"zzz\":1,\"created_at\":2}");
    fields.text("instruction", 10);
    fields.ignore("created_at");
    assertThat(faults(fields))
        .containsExactly(
            "unknown field \"instructon\"; did you mean \"instruction\"?", "unknown field \"zzz\"");
  }

  @Test
  void reads_nested_objects_with_their_path() {
    var fields = of("{\"auth\":{\"tokn\":1},\"agents\":[{\"role\":2},3]}");
    var auth = Objects.requireNonNull(fields.nested("auth"));
    auth.requiredText("token", 1, 10);
    for (var agent : Objects.requireNonNull(fields.items("agents", 5))) {
      agent.text("role", 10);
    }
    assertThat(faults(fields))
        .containsExactly(
            "auth.token is required",
            "agents[1] must be an object",
            "agents[0].role must be a string",
            "unknown field \"auth.tokn\"; did you mean \"auth.token\"?");
  }

  @Test
  void null_reads_as_absent_but_is_named() {
    var fields = of("{\"a\":null}");
    assertThat(fields.has("a")).isFalse();
    assertThat(fields.names("a")).isTrue();
    assertThat(fields.names("b")).isFalse();
    assertThat(fields.integer("a", 0, 9, 7)).isEqualTo(7);
    assertThat(fields.text("a", 3)).isNull();
    fields.finish();
  }

  @Test
  void counts_characters_not_utf16_units() {
    var fields = of("{\"name\":\"😀😀\"}");
    assertThat(fields.requiredText("name", 1, 2)).isEqualTo("😀😀");
    fields.finish();
  }

  @Test
  void patterns_and_choices_say_what_is_expected() {
    var fields = of("{\"name\":\"1x\",\"kind\":\"c\",\"ok\":\"a1\"}");
    fields.pattern("name", "[a-z][a-z0-9]*", "must begin with a letter");
    fields.choice("kind", List.of("a", "b"));
    assertThat(fields.pattern("ok", "[a-z][a-z0-9]*", "must")).isEqualTo("a1");
    assertThat(faults(fields))
        .containsExactly("name must begin with a letter", "kind must be one of a, b");
  }

  @Test
  void whole_numbers_beyond_any_range_are_faults_not_wrapped() {
    var fields = of("{\"a\":1e300,\"b\":99999999999,\"c\":3.0}");
    fields.integer("a", 0, 10);
    fields.integer("b", 0, 10);
    assertThat(fields.integer("c", 0, 10)).isEqualTo(3);
    assertThat(faults(fields)).containsExactly("a must be from 0 to 10", "b must be from 0 to 10");
  }
}
