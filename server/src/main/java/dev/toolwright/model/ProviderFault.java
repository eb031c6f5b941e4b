package dev.toolwright.model;

import static dev.toolwright.model.ChatReply.Unavailable.DROPPED;
import static dev.toolwright.model.ChatReply.Unavailable.OVERLOADED;
import static dev.toolwright.model.ChatReply.Unavailable.RATE_LIMITED;
import static dev.toolwright.model.ChatReply.Unavailable.SERVER_ERROR;
import static dev.toolwright.model.ChatReply.Unavailable.TIMEOUT;

import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressResponse;
import java.time.Clock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a failed exchange with a provider means, in words that may be shown.
final class ProviderFault {
  private static final int MAX_DETAIL = 300;
  private static final Pattern KEYS = Pattern.compile("\\b(sk|pk|key)-[\\w*.-]+");
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\s]+");

  static final ChatReply TIMED_OUT =
      unavailable("The model provider did not answer in time", TIMEOUT);

  private final Provider provider;
  private final @Nullable String key;

  /// @param access its key is removed from whatever the provider says
  ProviderFault(Access access) {
    this.provider = access.provider();
    this.key = access.key();
  }

  ChatReply of(EgressException e) {
    return switch (e.kind()) {
      case DENIED ->
          new ChatReply.Rejected(
              "The model provider's address is not allowed or does not exist: check "
                  + provider.addressSetting()
                  + ", and TOOLWRIGHT_EGRESS_ALLOW if it is a private address");
      case TIMEOUT -> TIMED_OUT;
      case UNREACHABLE -> unavailable("The model provider cannot be reached", DROPPED);
      case BROKEN -> unavailable("The connection to the model provider broke", DROPPED);
      case TOO_LARGE -> new ChatReply.Malformed("The model provider's answer is too long");
    };
  }

  ChatReply noSuchModel() {
    return new ChatReply.Rejected(reason(404, ""));
  }

  ChatReply of(Protocol.Said said, EgressResponse response, Clock clock) {
    var status = said.status();
    if (said.code().equals("content_filter")) {
      return new ChatReply.Refused("The provider's content filter refused the request", Usage.NONE);
    }
    if (said.code().equals("insufficient_quota")) {
      return new ChatReply.Rejected(
          "The model provider's quota is used up: check the plan that %s belongs to"
              .formatted(provider.keySetting()));
    }
    if (status >= 500 || status == 408 || status == 409 || status == 429) {
      return new ChatReply.Unavailable(
          "The model provider cannot answer now (status " + status + ")",
          RetryAfter.of(response, clock),
          kind(status));
    }
    return new ChatReply.Rejected(reason(status, said.code()) + detail(status, said.message()));
  }

  private static String kind(int status) {
    return switch (status) {
      case 429 -> RATE_LIMITED;
      case 503, 529 -> OVERLOADED;
      case 408, 504 -> TIMEOUT;
      default -> SERVER_ERROR;
    };
  }

  private String reason(int status, String code) {
    if (code.equals("context_length_exceeded") || status == 413) {
      return "The conversation is longer than the model accepts";
    }
    return switch (status) {
      case 401 -> "The model provider does not accept the key: check " + provider.keySetting();
      case 403 ->
          "The model provider does not allow this: check the rights of " + provider.keySetting();
      case 404 ->
          "The model provider knows no such model or address: check the agent's model,"
              + " TOOLWRIGHT_MODEL_ALIASES and "
              + provider.unknownModel();
      case 400, 422 ->
          "The model provider refused the request: check the agent's model, temperature and tools";
      default ->
          "The model provider answered with status %d: check %s"
              .formatted(status, provider.addressSetting());
    };
  }

  /// The provider's own sentence, when its subject is the request and not the credential.
  private String detail(int status, String says) {
    if (status == 401 || status == 403 || says.isBlank()) {
      return "";
    }
    var message = key == null ? says : says.replace(key, "***");
    message = CONTROL.matcher(KEYS.matcher(message).replaceAll("***")).replaceAll(" ").strip();
    return ". It says: "
        + (message.length() > MAX_DETAIL ? message.substring(0, MAX_DETAIL) + "…" : message);
  }

  private static ChatReply unavailable(String message, String kind) {
    return new ChatReply.Unavailable(message, null, kind);
  }
}
