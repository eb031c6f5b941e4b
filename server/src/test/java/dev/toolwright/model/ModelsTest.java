package dev.toolwright.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelsTest {
  private static Models models(@Nullable String key, @Nullable String url, String aliases) {
    var variables = new HashMap<String, String>();
    if (key != null) {
      variables.put("OPENAI_API_KEY", key);
    }
    if (url != null) {
      variables.put("OPENAI_BASE_URL", url);
    }
    return models(variables, aliases);
  }

  private static Models models(Map<String, String> variables, String aliases) {
    return new Models(
        new ModelSettings(variables, ModelSettings.aliases(aliases)),
        new Canned(),
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

  private static final Map<String, String> ALL =
      Map.of(
          "OPENAI_API_KEY", "k",
          "AZURE_OPENAI_API_KEY", "k",
          "AZURE_OPENAI_ENDPOINT", "https://a.openai.azure.com",
          "ANTHROPIC_API_KEY", "k",
          "OLLAMA_BASE_URL", "http://127.0.0.1:11434");

  private static Map<String, String> without(String... prefixes) {
    var some = new HashMap<>(ALL);
    some.keySet().removeIf(name -> List.of(prefixes).stream().anyMatch(name::startsWith));
    return some;
  }

  @ParameterizedTest
  @CsvSource({
    "gpt-4o,openai,gpt-4o",
    "claude-sonnet-4-5,anthropic,claude-sonnet-4-5",
    "azure/chat,azure,chat",
    "anthropic/other,anthropic,other",
    "ollama/hf.co/a/b:q4,ollama,hf.co/a/b:q4",
    "openai/claude-x,openai,claude-x",
    "fast,azure,small",
    "azure/,openai,azure/",
    "team/model,openai,team/model"
  })
  void a_name_chooses_its_provider(String name, String provider, String effective) {
    var resolved = models(ALL, "fast=azure/small").resolve(name);

    assertThat(resolved.provider()).isEqualTo(provider);
    assertThat(resolved.effectiveName()).isEqualTo(effective);
  }

  @Test
  void other_names_go_to_the_first_provider_that_is_configured() {
    assertThat(models(without("OPENAI"), "").resolve("x").provider()).isEqualTo("azure");
    assertThat(models(without("OPENAI", "AZURE"), "").resolve("x").provider()).isEqualTo("ollama");
    assertThat(models(without("ANTHROPIC"), "").resolve("claude-x").provider()).isEqualTo("openai");
    var rehearsed = models(without("OPENAI", "AZURE", "OLLAMA"), "").resolve("gpt-4o");
    assertThat(rehearsed.provider()).isEqualTo("rehearsal");
  }

  @Test
  void half_an_azure_is_none() {
    assertThat(models(Map.of("AZURE_OPENAI_API_KEY", "k"), "").resolve("x").provider())
        .isEqualTo("rehearsal");
  }

  @Test
  void a_provider_that_is_not_configured_is_named_with_what_it_needs() throws Exception {
    var resolved = models(without("AZURE"), "").resolve("azure/chat");

    assertThat(new Conversation(resolved.model()).user("hi").reply())
        .isInstanceOfSatisfying(
            ChatReply.Rejected.class,
            rejected -> assertThat(rejected.message()).contains("AZURE_OPENAI_ENDPOINT"));
  }

  @Test
  void a_gateway_in_openais_place_is_asked_by_its_own_names() {
    var gateway = models("k", "https://gateway.example/v1", "");

    assertThat(gateway.resolve("anthropic/claude-x").provider()).isEqualTo("openai");
    assertThat(gateway.resolve("anthropic/claude-x").effectiveName())
        .isEqualTo("anthropic/claude-x");
  }

  @Test
  void every_address_that_is_set_is_told_and_no_other() {
    assertThat(new ModelSettings(ALL, Map.of()).addresses())
        .extracting(java.net.URI::getHost)
        .containsExactlyInAnyOrder("a.openai.azure.com", "127.0.0.1");
  }

  @ParameterizedTest
  @CsvSource({
    "AZURE_OPENAI_ENDPOINT,name.openai.azure.com",
    "ANTHROPIC_BASE_URL,ftp://x",
    "OLLAMA_BASE_URL,localhost:11434",
    "OLLAMA_BASE_URL,http://u:p@localhost",
    "OLLAMA_BASE_URL,http://localhost:99999",
    "AZURE_OPENAI_API_VERSION,2024"
  })
  void a_variable_that_cannot_be_used_is_named(String name, String value) {
    assertThatThrownBy(() -> models(Map.of(name, value), ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(name + " must be ")
        .hasMessageNotContaining("u:p");
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
