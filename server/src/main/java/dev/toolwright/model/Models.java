package dev.toolwright.model;

import java.time.Clock;

/// Every model this installation can ask, by name.
public final class Models {
  /// The name of the built-in model, and of its provider.
  public static final String REHEARSAL = "rehearsal";

  private final ModelSettings settings;
  private final ChatModel rehearsal;
  private final ChatModel openAi;

  /// @param clock only to read a `Retry-After` that is a date
  public Models(ModelSettings settings, Http http, Clock clock) {
    this.settings = settings;
    this.rehearsal = new Rehearsal(settings.configured());
    this.openAi = new OpenAiModel(settings, http, clock);
  }

  /// What a model name stands for.
  ///
  /// @param provider `openai` or `rehearsal`
  /// @param effectiveName what to put into [ChatRequest#model]; differs from the name asked for
  ///   when an alias stood in or nothing is configured
  public record Resolved(ChatModel model, String provider, String effectiveName) {}

  /// Resolves any name: first through the alias table (one step), then to the rehearsal by its name
  /// or for want of a provider, else to the provider, which knows best what models it has.
  public Resolved resolve(String name) {
    var effective = settings.aliases().getOrDefault(name, name);
    return effective.equals(REHEARSAL) || !settings.configured()
        ? new Resolved(rehearsal, REHEARSAL, REHEARSAL)
        : new Resolved(openAi, OpenAiModel.PROVIDER, effective);
  }
}
