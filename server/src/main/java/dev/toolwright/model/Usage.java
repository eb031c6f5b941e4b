package dev.toolwright.model;

/// Tokens that a reply cost, as the provider counts them; zeros when it does not say.
public record Usage(int promptTokens, int completionTokens, int totalTokens) {
  public static final Usage NONE = new Usage(0, 0, 0);

  /// Both together.
  public Usage plus(Usage other) {
    return new Usage(
        promptTokens + other.promptTokens,
        completionTokens + other.completionTokens,
        totalTokens + other.totalTokens);
  }
}
