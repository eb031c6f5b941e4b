package dev.toolwright.model;

import java.time.Clock;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Every model this installation can ask, by name.
public final class Models {
  /// The name of the built-in model, and of its provider.
  public static final String REHEARSAL = "rehearsal";

  /// Where names go that belong to nobody in particular.
  private static final List<Provider> GENERAL =
      List.of(Provider.OPENAI, Provider.AZURE, Provider.OLLAMA);

  private final ModelSettings settings;
  private final Map<Provider, ChatModel> models = new EnumMap<>(Provider.class);

  /// @param clock only to read a `Retry-After` that is a date
  public Models(ModelSettings settings, Http http, Clock clock) {
    this.settings = settings;
    settings
        .accesses()
        .forEach((provider, access) ->
            models.put(provider, new RemoteModel(protocol(access), http, clock)));
  }

  private Protocol protocol(Access access) {
    return switch (access.provider()) {
      case OPENAI -> OpenAiProtocol.openAi(access);
      case AZURE -> OpenAiProtocol.azure(access, settings.azureVersion());
      case ANTHROPIC -> new AnthropicProtocol(access);
      case OLLAMA -> OpenAiProtocol.ollama(access);
    };
  }

  /// What a model name stands for.
  ///
  /// @param provider `openai`, `azure`, `anthropic`, `ollama` or `rehearsal`
  /// @param effectiveName what to put into [ChatRequest#model]; differs from the name asked for
  ///   when an alias stood in, it named its provider, or nobody is configured for it
  public record Resolved(ChatModel model, String provider, String effectiveName) {}

  /// Resolves any name: first through the alias table (one step), then to the provider it names
  /// (`azure/deployment`), to Anthropic if it begins with `claude-`, to the first of OpenAI, Azure
  /// and Ollama that is configured, and else to the rehearsal.
  public Resolved resolve(String name) {
    var effective = settings.aliases().getOrDefault(name, name);
    if (effective.equals(REHEARSAL)) {
      return rehearsed(Rehearsal.Cause.ASKED);
    }
    if (models.isEmpty()) {
      return rehearsed(Rehearsal.Cause.NO_PROVIDER);
    }
    var slash = effective.indexOf('/');
    var named = Provider.of(slash < 0 ? "" : effective.substring(0, slash)).orElse(null);
    if (named != null && slash < effective.length() - 1) {
      var model = models.get(named);
      if (model != null) {
        return new Resolved(model, named.word(), effective.substring(slash + 1));
      }
      if (!settings.hasOwnOpenAi()) {
        return new Resolved((_, _) -> unconfigured(named), named.word(), effective);
      }
      // A gateway's own names of models often begin with a vendor's.
    }
    if (effective.startsWith("claude-") && models.containsKey(Provider.ANTHROPIC)) {
      return asking(Provider.ANTHROPIC, effective);
    }
    return GENERAL.stream()
        .filter(models::containsKey)
        .findFirst()
        .map(provider -> asking(provider, effective))
        .orElseGet(() -> rehearsed(Rehearsal.Cause.NO_PROVIDER_FOR_IT));
  }

  private Resolved asking(Provider provider, String model) {
    return new Resolved(Objects.requireNonNull(models.get(provider)), provider.word(), model);
  }

  private static Resolved rehearsed(Rehearsal.Cause cause) {
    return new Resolved(new Rehearsal(cause), REHEARSAL, REHEARSAL);
  }

  private static ChatReply unconfigured(Provider provider) {
    return new ChatReply.Rejected(
        "The agent's model is of a provider that is not configured: set "
            + provider.neededSettings()
            + ", or give the agent another model");
  }
}
