package dev.toolwright.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.json.Json;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ToolNamesTest {
  private static ToolNames names(String... names) {
    return new ToolNames(
        Stream.of(names).map(name -> new ToolSpec(name, "", Json.object())).toList());
  }

  @Test
  void a_name_that_fits_is_left_alone() {
    assertThat(names("add_2-x").outward("add_2-x")).isEqualTo("add_2-x");
    assertThat(names("add").inward("never_sent")).isEqualTo("never_sent");
  }

  @Test
  void a_name_that_does_not_fit_comes_back_as_it_was() {
    var names = names("files.read", "größe", "x".repeat(100));

    assertThat(names.outward("files.read")).isEqualTo("files_read");
    assertThat(names.inward("files_read")).isEqualTo("files.read");
    assertThat(names.inward(names.outward("größe"))).isEqualTo("größe");
    assertThat(names.outward("x".repeat(100))).hasSize(64);
    assertThat(names.inward("x".repeat(64))).isEqualTo("x".repeat(100));
  }

  @Test
  void names_stay_apart_when_they_are_fitted() {
    var names = names("a.b", "a_b", "a/b", "y".repeat(65), "y".repeat(66));

    assertThat(Stream.of("a.b", "a_b", "a/b").map(names::outward)).doesNotHaveDuplicates();
    assertThat(Stream.of("a.b", "a_b", "a/b").map(names::outward).map(names::inward))
        .containsExactly("a.b", "a_b", "a/b");
    assertThat(names.outward("y".repeat(65))).isNotEqualTo(names.outward("y".repeat(66)));
    assertThat(names.outward("y".repeat(66))).hasSize(64);
  }

  @Test
  void a_name_from_an_old_conversation_is_fitted_too() {
    assertThat(names().outward("gone.tool")).isEqualTo("gone_tool");
    assertThat(names().outward("")).isEqualTo("_");
  }
}
