package dev.toolwright.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.toolwright.egress.EgressException;
import java.net.URI;
import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelsTest {
  private static Models models(@Nullable String key, @Nullable String url, String aliases) {
    var settings =
        new ModelSettings(
            key, url == null ? null : URI.create(url), ModelSettings.aliases(aliases));
    return new Models(
        settings,
        _ -> {
          throw new EgressException(EgressException.Kind.DENIED, "no", false);
        },
        Clock.systemUTC());
  }

  @Test
  void every_name_goes_to_the_provider_that_is_configured() {
    var byKey = models("sk-1", null, "").resolve("gpt-4o");

    assertThat(byKey.provider()).isEqualTo("openai");
    assertThat(byKey.effectiveName()).isEqualTo("gpt-4o");
    assertThat(models(null, "http://127.0.0.1:1/v1", "").resolve("llama3").provider())
        .isEqualTo("openai");
  }

  @Test
  void an_alias_comes_first_and_goes_one_step() {
    var models = models("sk-1", null, "gpt-4o=llama3, fast = gpt-4o,demo=rehearsal,");

    assertThat(models.resolve("gpt-4o").effectiveName()).isEqualTo("llama3");
    assertThat(models.resolve("fast").effectiveName()).isEqualTo("gpt-4o");
    assertThat(models.resolve("demo").provider()).isEqualTo("rehearsal");
    assertThat(models.resolve("rehearsal").provider()).isEqualTo("rehearsal");
  }

  @Test
  void with_nothing_configured_every_name_is_rehearsed() throws Exception {
    var resolved = models(" ", null, "gpt-4o=llama3").resolve("gpt-4o");

    assertThat(resolved.provider()).isEqualTo("rehearsal");
    assertThat(resolved.effectiveName()).isEqualTo("rehearsal");
    assertThat(new Conversation(resolved.model()).user("hello").answered().text())
        .contains("No model is configured");
  }

  @Test
  void aliases_that_are_no_pairs_are_named() {
    assertThat(ModelSettings.aliases("")).isEqualTo(Map.of());
    assertThat(ModelSettings.aliases("a=b=c")).isEqualTo(Map.of("a", "b=c"));
    assertThatThrownBy(() -> ModelSettings.aliases("a=b,gpt"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("TOOLWRIGHT_MODEL_ALIASES: 'gpt' is not of the form name=model");
    assertThatThrownBy(() -> ModelSettings.aliases("=x")).hasMessageContaining("'=x'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:11434/v1", "/v1", "ftp://models.example/v1", "http:///v1"})
  void a_base_url_without_scheme_or_host_is_refused(String url) {
    assertThatThrownBy(() -> models(null, url, ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("OPENAI_BASE_URL");
  }
}
