package dev.toolwright.api.customtools;

import dev.toolwright.connection.Auth;
import dev.toolwright.connection.AuthDraft;
import dev.toolwright.connection.Connection;
import dev.toolwright.connection.Connection.RateLimit;
import dev.toolwright.connection.Connection.Retry;
import dev.toolwright.connection.ConnectionDraft;
import dev.toolwright.connection.Operation;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A connection as this face spells it: a connector.
final class ConnectorBody {
  static final String[] FIELDS = {
    "name",
    "displayName",
    "description",
    "baseUrl",
    "apiType",
    "authType",
    "credentialId",
    "defaultHeaders",
    "timeout",
    "retryConfig",
    "rateLimitConfig",
    "isShared"
  };

  private static final String[] SERVER_OWNED = {"id", "createdBy", "createdAt"};
  private static final String[] MOVING = {"updatedAt", "version"};
  private static final List<String> AUTH_TYPES =
      List.of("none", "api_key", "bearer", "basic", "oauth2");

  private ConnectorBody() {}

  /// @param old null for a new one
  static ConnectionDraft draft(Fields in, @Nullable Connection old, @Nullable ObjectNode shown) {
    in.spell("base_url", "baseUrl")
        .spell("headers", "defaultHeaders")
        .spell("credential_id", "credentialId");
    var name = Answers.name(in, old == null);
    if (old != null && shown != null) {
      in.ignore(MOVING);
      in.unchanged(shown, SERVER_OWNED);
      Answers.keepName(in, old.name());
    }
    var apiType = in.choice("apiType", List.of("rest", "graphql", "soap", "grpc"));
    if (apiType != null && !apiType.equals("rest")) {
      in.fault("apiType", "can be rest only for now");
    }
    var shared = in.bool("isShared");
    return new ConnectionDraft(
        name,
        in.text("displayName", 100),
        in.text("description", 4_000),
        apiType,
        in.text("baseUrl", 2_000),
        auth(in, old),
        in.names("defaultHeaders") ? Operation.texts(in, "defaultHeaders") : null,
        null,
        shared == null ? null : shared ? Visibility.ORG : Visibility.PRIVATE,
        in.text("credentialId", 100),
        in.integer("timeout", 100, 300_000),
        retry(in.nested("retryConfig")),
        rateLimit(in.nested("rateLimitConfig")),
        null,
        null);
  }

  /// What the type says when no credential says more: a connector may be registered without one and
  /// then calls without authorisation.
  private static @Nullable AuthDraft auth(Fields in, @Nullable Connection old) {
    var type = in.choice("authType", AUTH_TYPES);
    if (type == null || (old != null && type.equals(type(old.content().auth())))) {
      return null;
    }
    var auth =
        switch (type) {
          case "api_key" -> new Auth.ApiKey(null, Auth.Place.HEADER);
          case "bearer" -> new Auth.Bearer();
          case "basic" -> new Auth.Basic("");
          default -> new Auth.None();
        };
    return new AuthDraft(auth, Map.of(), Set.of());
  }

  static String type(Auth auth) {
    return switch (auth) {
      case Auth.ClientCredentials _, Auth.AuthorizationCode _ -> "oauth2";
      case Auth.None _, Auth.ApiKey _, Auth.Bearer _, Auth.Basic _ -> auth.type();
    };
  }

  private static @Nullable Retry retry(@Nullable Fields in) {
    return in == null
        ? null
        : new Retry(
            in.integer("maxRetries", 0, 3, Retry.DEFAULT.max()),
            in.integer("initialDelayMs", 10, 60_000, Retry.DEFAULT.firstDelayMs()));
  }

  private static @Nullable RateLimit rateLimit(@Nullable Fields in) {
    if (in == null) {
      return null;
    }
    var window = in.integer("windowMs", 1_000, 86_400_000, 60_000);
    return new RateLimit(in.integer("maxRequests", 1, 1_000_000, 60), Math.max(1, window / 1_000));
  }

  static ObjectNode shown(Connection connection) {
    var content = connection.content();
    var shown =
        Json.object()
            .put("id", connection.id())
            .put("name", connection.name())
            .put("displayName", content.title())
            .put("description", content.description())
            .put("baseUrl", content.baseUrl())
            .put("apiType", content.apiType())
            .put("authType", type(content.auth()))
            .put("credentialId", content.credentialId());
    shown.set("defaultHeaders", Json.tree(new TreeMap<>(content.headers())));
    shown.put("timeout", content.timeoutMs());
    shown
        .putObject("retryConfig")
        .put("maxRetries", content.retry().max())
        .put("initialDelayMs", content.retry().firstDelayMs());
    if (content.rateLimit() != null) {
      shown
          .putObject("rateLimitConfig")
          .put("maxRequests", content.rateLimit().requests())
          .put("windowMs", content.rateLimit().seconds() * 1_000);
    }
    return shown
        .put("isShared", connection.visibility() != Visibility.PRIVATE)
        .put("version", connection.version())
        .put("createdBy", connection.ownerName())
        .put("createdAt", Answers.time(connection.createdAt()))
        .put("updatedAt", Answers.time(connection.updatedAt()));
  }

  static ObjectNode example() {
    var example =
        Json.object()
            .put("name", "github_api")
            .put("displayName", "GitHub API")
            .put("baseUrl", "https://api.github.com")
            .put("apiType", "rest")
            .put("authType", "bearer");
    example.putObject("defaultHeaders").put("Accept", "application/json");
    return example;
  }
}
