package dev.toolwright.connection;

import dev.toolwright.connection.Connection.Content;
import dev.toolwright.connection.Connection.Probe;
import dev.toolwright.connection.Connection.RateLimit;
import dev.toolwright.connection.Connection.Retry;
import dev.toolwright.connection.Connection.Sharing;
import dev.toolwright.definition.Visibility;
import dev.toolwright.expression.JmesPath;
import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.json.Fields;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What somebody wants a connection to be: everything for a new one, only the changes for an
/// existing one (null: as it is).
public record ConnectionDraft(
    @Nullable String name,
    @Nullable String title,
    @Nullable String description,
    @Nullable String apiType,
    @Nullable String baseUrl,
    @Nullable AuthDraft auth,
    @Nullable Map<String, String> headers,
    @Nullable Sharing sharing,
    @Nullable Visibility visibility,
    @Nullable String credentialId,
    @Nullable Integer timeoutMs,
    @Nullable Retry retry,
    @Nullable RateLimit rateLimit,
    @Nullable Integer maxConcurrent,
    @Nullable Probe probe) {
  /// A connection of which only the most necessary is said.
  ///
  /// @param headers null: none
  public static ConnectionDraft of(
      @Nullable String name,
      @Nullable String title,
      @Nullable String description,
      String apiType,
      @Nullable String baseUrl,
      AuthDraft auth,
      @Nullable Map<String, String> headers) {
    return new ConnectionDraft(
        name,
        title,
        description,
        apiType,
        baseUrl,
        auth,
        headers,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  /// Every fault of what is about to be saved.
  static void check(Content content, AuthDraft said, Fields in) {
    var url = UrlTemplate.parse(content.baseUrl());
    if (url.template() == null) {
      if (!content.baseUrl().isEmpty()) {
        in.fault("base_url", url.fault());
      }
    } else if (!url.template().places().isEmpty() || content.baseUrl().contains("?")) {
      in.fault("base_url", "must have neither a query nor a placeholder");
    }
    OperationCheck.headers(content.headers(), in);
    if (content.sharing() == Sharing.PER_USER && !said.given().isEmpty()) {
      if (!(content.auth() instanceof Auth.AuthorizationCode)) {
        in.fault("auth", "has no secret of its own when each user has theirs");
      }
    }
    var probe = content.probe();
    if (probe != null && probe.identity() != null) {
      JmesPath.fault(probe.identity()).ifPresent(fault -> in.fault("test.identity", fault));
    }
  }
}
