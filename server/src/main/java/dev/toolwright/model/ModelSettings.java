package dev.toolwright.model;

import java.net.URI;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which model providers an installation has. Not a record: keys must not have an accessor outside
/// this package, nor a `toString`.
public final class ModelSettings {
  private static final URI OPENAI = URI.create("https://api.openai.com/v1");
  private static final URI ANTHROPIC = URI.create("https://api.anthropic.com");
  private static final Pattern AZURE_VERSION =
      Pattern.compile("\\d{4}-\\d{2}-\\d{2}(-preview)?|v1|preview|latest");

  private final Map<Provider, Access> accesses = new EnumMap<>(Provider.class);
  private final List<URI> addresses = new ArrayList<>();
  private final String azureVersion;
  private final boolean ownOpenAi;
  private final Map<String, String> aliases;

  /// @param variables the vendors' environment variables by name, such as `OPENAI_API_KEY`; a blank
  ///   one counts as unset, others than models' are ignored
  /// @param aliases from the name an agent carries to the name that runs
  /// @throws IllegalArgumentException with a sentence that names the variable: for an address that
  ///   is not http or https with a host, or a version Azure does not have
  public ModelSettings(Map<String, String> variables, Map<String, String> aliases) {
    this.aliases = Map.copyOf(aliases);
    this.azureVersion = azureVersion(variables);
    var openAi = address(variables, "OPENAI_BASE_URL", "https://api.openai.com/v1");
    var openAiKey = value(variables, "OPENAI_API_KEY");
    this.ownOpenAi = openAi != null && !OPENAI.getHost().equals(openAi.getHost());
    if (openAi != null || openAiKey != null) {
      put(Provider.OPENAI, openAiKey, openAi == null ? OPENAI : openAi);
    }
    var azure = address(variables, "AZURE_OPENAI_ENDPOINT", "https://name.openai.azure.com");
    var azureKey = value(variables, "AZURE_OPENAI_API_KEY");
    if (azure != null && azureKey != null) {
      put(Provider.AZURE, azureKey, azure);
    }
    var anthropic = address(variables, "ANTHROPIC_BASE_URL", "https://api.anthropic.com");
    var anthropicKey = value(variables, "ANTHROPIC_API_KEY");
    if (anthropic != null || anthropicKey != null) {
      put(Provider.ANTHROPIC, anthropicKey, anthropic == null ? ANTHROPIC : anthropic);
    }
    var ollama = address(variables, "OLLAMA_BASE_URL", "http://127.0.0.1:11434");
    if (ollama != null) {
      put(Provider.OLLAMA, null, ollama);
    }
  }

  private void put(Provider provider, @Nullable String key, URI base) {
    accesses.put(provider, new Access(provider, key, base));
  }

  private static @Nullable String value(Map<String, String> variables, String name) {
    var value = variables.getOrDefault(name, "").strip();
    return value.isEmpty() ? null : value;
  }

  private static String azureVersion(Map<String, String> variables) {
    var version = value(variables, "AZURE_OPENAI_API_VERSION");
    if (version != null && !AZURE_VERSION.matcher(version).matches()) {
      throw new IllegalArgumentException(
          "AZURE_OPENAI_API_VERSION must be a date such as 2024-10-21, or v1 or preview");
    }
    return version == null ? "v1" : version;
  }

  private @Nullable URI address(Map<String, String> variables, String name, String example) {
    var text = value(variables, name);
    if (text == null) {
      return null;
    }
    var address = parsed(text);
    if (address == null) {
      throw new IllegalArgumentException(name + " must be a URL such as " + example);
    }
    addresses.add(address);
    return address;
  }

  /// Null when it is no http(s) address with a host, or holds a user.
  private static @Nullable URI parsed(String text) {
    try {
      var address = URI.create(text);
      var scheme = address.getScheme();
      var web = "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
      var port = address.getPort();
      var whole =
          address.getHost() != null
              && address.getRawUserInfo() == null
              && (port == -1 || (port > 0 && port <= 65_535));
      return web && whole ? address : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
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

  /// Those that can be asked.
  Map<Provider, Access> accesses() {
    return accesses;
  }

  /// A date, or `v1`, `preview` or `latest`.
  String azureVersion() {
    return azureVersion;
  }

  /// The addresses that the operator set, and so allowed, private ones included.
  public List<URI> addresses() {
    return List.copyOf(addresses);
  }

  /// The providers that can be asked, such as `openai` and `anthropic`.
  public List<String> providers() {
    return accesses.keySet().stream().map(Provider::word).toList();
  }

  public Map<String, String> aliases() {
    return aliases;
  }

  /// Whether OpenAI's place is taken by another server, whose names of models nobody here knows.
  boolean hasOwnOpenAi() {
    return ownOpenAi;
  }
}
