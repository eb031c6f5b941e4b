package dev.toolwright.model;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which model providers an installation has. Not a record: the key must not have an accessor
/// outside this package, nor a `toString`.
public final class ModelSettings {
  private static final URI OPENAI = URI.create("https://api.openai.com/v1");

  private final @Nullable String openAiKey;
  private final URI openAiBaseUrl;
  private final boolean configured;
  private final Map<String, String> aliases;

  /// @param openAiKey `OPENAI_API_KEY`; null or blank for none
  /// @param openAiBaseUrl `OPENAI_BASE_URL`, of OpenAI or of any server that speaks its Chat
  ///   Completions; null for OpenAI's own
  /// @param aliases from the name an agent carries to the name that runs
  /// @throws IllegalArgumentException for a base URL that is not http or https with a host
  public ModelSettings(
      @Nullable String openAiKey, @Nullable URI openAiBaseUrl, Map<String, String> aliases) {
    this.openAiKey = openAiKey == null || openAiKey.isBlank() ? null : openAiKey.strip();
    this.openAiBaseUrl = openAiBaseUrl == null ? OPENAI : checked(openAiBaseUrl);
    this.configured = this.openAiKey != null || openAiBaseUrl != null;
    this.aliases = Map.copyOf(aliases);
  }

  private static URI checked(URI baseUrl) {
    var scheme = baseUrl.getScheme();
    if (baseUrl.getHost() == null
        || !("http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme))) {
      throw new IllegalArgumentException(
          "OPENAI_BASE_URL must be a URL such as https://api.openai.com/v1");
    }
    return baseUrl;
  }

  /// Reads `gpt-4o=llama3,fast=gpt-4o-mini`. Space around names and empty entries are ignored; the
  /// last entry of a name wins.
  ///
  /// @throws IllegalArgumentException naming the entry that is no pair of names
  public static Map<String, String> aliases(String text) {
    var aliases = new LinkedHashMap<String, String>();
    for (var entry : text.split(",", -1)) {
      if (entry.isBlank()) {
        continue;
      }
      var equals = entry.indexOf('=');
      var name = equals < 0 ? "" : entry.substring(0, equals).strip();
      var target = entry.substring(equals + 1).strip();
      if (name.isEmpty() || target.isEmpty()) {
        throw new IllegalArgumentException(
            "TOOLWRIGHT_MODEL_ALIASES: '" + entry.strip() + "' is not of the form name=model");
      }
      aliases.put(name, target);
    }
    return aliases;
  }

  @Nullable String openAiKey() {
    return openAiKey;
  }

  public URI openAiBaseUrl() {
    return openAiBaseUrl;
  }

  public Map<String, String> aliases() {
    return aliases;
  }

  /// Whether a real model can be reached: a key or a base URL is set.
  public boolean configured() {
    return configured;
  }
}
