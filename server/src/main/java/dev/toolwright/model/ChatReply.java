package dev.toolwright.model;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What came of asking a model. Every message in here is fit to be shown: no secret, no provider's
/// raw body.
public sealed interface ChatReply {
  /// The model answered.
  ///
  /// @param toolUses with ids unique within this reply
  /// @param truncated the answer hit the model's length limit: its last tool use may be half
  ///   written, so none of them may be carried out
  /// @param model what really ran, as the provider names it
  /// @param provider `openai`, `azure`, `anthropic`, `ollama` or `rehearsal`
  record Answered(
      @Nullable String text,
      List<ToolUse> toolUses,
      Usage usage,
      boolean truncated,
      String model,
      String provider)
      implements ChatReply {
    public Answered {
      toolUses = List.copyOf(toolUses);
    }
  }

  /// The model, or its provider's content filter, declined. Asking again does not help.
  record Refused(String text, Usage usage) implements ChatReply {}

  /// No answer now; the same request may succeed later.
  ///
  /// @param retryAfter how long the provider asks to wait, at most a day; null when it does not say
  /// @param kind one of [#RATE_LIMITED], [#OVERLOADED], [#TIMEOUT], [#DROPPED], [#SERVER_ERROR]
  record Unavailable(String message, @Nullable Duration retryAfter, String kind)
      implements ChatReply {
    public static final String RATE_LIMITED = "rate_limited";
    public static final String OVERLOADED = "overloaded";
    public static final String TIMEOUT = "timeout";
    public static final String DROPPED = "dropped";
    public static final String SERVER_ERROR = "server_error";
  }

  /// The request cannot succeed as it is. The message says what to change: a setting, a model name
  /// or the request itself.
  record Rejected(String message) implements ChatReply {}

  /// The provider answered with something that is no answer. Worth repeating like [Unavailable].
  record Malformed(String message) implements ChatReply {}
}
