package dev.toolwright.api.enterprise;

import dev.toolwright.connection.Auth;
import dev.toolwright.connection.AuthDraft;
import dev.toolwright.connection.Connection;
import dev.toolwright.connection.Connection.Probe;
import dev.toolwright.connection.Connection.RateLimit;
import dev.toolwright.connection.Connection.Retry;
import dev.toolwright.connection.Connection.Sharing;
import dev.toolwright.connection.ConnectionDraft;
import dev.toolwright.connection.Operation;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Secret;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A connection as this face spells it, read into a draft and shown again with its secrets masked.
final class ConnectionBody {
  static final String[] FIELDS = {
    "name",
    "title",
    "description",
    "api_type",
    "base_url",
    "auth",
    "api_key",
    "access_token",
    "username",
    "password",
    "headers",
    "sharing",
    "is_shared",
    "timeout_seconds",
    "retry",
    "rate_limit",
    "max_concurrent",
    "test"
  };

  private static final String[] SERVER_OWNED = {"id", "owner_name", "created_at"};
  private static final String[] MOVING = {"updated_at", "version"};

  private ConnectionBody() {}

  static ConnectionDraft draft(Fields in, @Nullable ObjectNode shown) {
    if (shown != null) {
      in.ignore(MOVING);
      in.unchanged(shown, SERVER_OWNED);
    }
    var name =
        in.pattern(
            "name",
            "[a-zA-Z][a-zA-Z0-9_-]{0,63}",
            "must start with a letter, followed by at most 63 letters, digits, _ or -");
    if (shown != null && name != null && !name.equals(shown.path("name").asString())) {
      in.fault("name", "cannot be changed: tools know the connection by it");
    }
    var sharing = in.choice("sharing", List.of("shared", "per_user"));
    var shared = in.bool("is_shared");
    var timeout = in.number("timeout_seconds", 0.1, 300);
    return new ConnectionDraft(
        name,
        in.text("title", 100),
        in.text("description", 4_000),
        in.choice("api_type", List.of("rest")),
        in.text("base_url", 2_000),
        auth(in, shown == null),
        in.names("headers") ? Operation.texts(in, "headers") : null,
        sharing == null ? null : Sharing.of(sharing),
        shared == null ? null : shared ? Visibility.ORG : Visibility.PRIVATE,
        null,
        timeout == null ? null : (int) Math.round(timeout * 1_000),
        retry(in.nested("retry")),
        rateLimit(in.nested("rate_limit")),
        in.integer("max_concurrent", 1, 1_000),
        probe(in.nested("test")));
  }

  /// `auth`, or its short spellings: `api_key` and `access_token` for places in headers and tools,
  /// `username` with `password` for Basic.
  private static @Nullable AuthDraft auth(Fields in, boolean isNew) {
    var given = new HashMap<String, Secret>();
    var kept = new HashSet<String>();
    for (var name : List.of(Auth.API_KEY, Auth.ACCESS_TOKEN, Auth.PASSWORD)) {
      var value = in.text(name, 20_000);
      if (value != null && value.equals(AuthDraft.MASK)) {
        kept.add(name);
      } else if (value != null && !value.isEmpty()) {
        given.put(name, Secret.of(value));
      }
    }
    var username = in.text("username", 1_000);
    var isShort = !given.isEmpty() || !kept.isEmpty() || username != null;
    var auth = in.nested("auth");
    if (auth != null) {
      if (isShort) {
        in.fault("auth", "goes not together with api_key, access_token, username and password");
      }
      return AuthDraft.read(auth, isNew && !"per_user".equals(in.text("sharing", 20)));
    }
    if (!isShort) {
      return null;
    }
    var basic =
        username != null || given.containsKey(Auth.PASSWORD) || kept.contains(Auth.PASSWORD);
    if (basic && (username == null || given.containsKey(Auth.API_KEY))) {
      in.fault(
          "username",
          username == null
              ? "is required with a password"
              : "goes not together with api_key: one connection has one credential");
    }
    return new AuthDraft(
        basic
            ? new Auth.Basic(username == null ? "" : username)
            : new Auth.ApiKey(null, Auth.Place.HEADER),
        given,
        kept);
  }

  private static @Nullable Retry retry(@Nullable Fields in) {
    return in == null
        ? null
        : new Retry(
            in.integer("max_retries", 0, 3, Retry.DEFAULT.max()),
            in.integer("first_delay_ms", 10, 60_000, Retry.DEFAULT.firstDelayMs()));
  }

  private static @Nullable RateLimit rateLimit(@Nullable Fields in) {
    return in == null
        ? null
        : new RateLimit(
            in.integer("requests", 1, 1_000_000, 60), in.integer("per_seconds", 1, 86_400, 60));
  }

  private static @Nullable Probe probe(@Nullable Fields in) {
    return in == null ? null : new Probe(in.text("path", 1_000, ""), in.text("identity", 1_000));
  }

  /// @param held names of the secrets that are stored for whoever looks
  static ObjectNode shown(Connection connection, Set<String> held) {
    var content = connection.content();
    var shown =
        Json.object()
            .put("id", connection.id())
            .put("name", connection.name())
            .put("title", content.title())
            .put("description", content.description())
            .put("api_type", content.apiType())
            .put("base_url", content.baseUrl());
    shown.set("auth", AuthDraft.shown(content.auth(), held));
    shown.set("headers", Json.tree(new TreeMap<>(content.headers())));
    shown
        .put("sharing", content.sharing().key())
        .put("is_shared", connection.visibility() != Visibility.PRIVATE)
        .put("timeout_seconds", content.timeoutMs() / 1_000.0)
        .put("max_concurrent", content.maxConcurrent());
    shown
        .putObject("retry")
        .put("max_retries", content.retry().max())
        .put("first_delay_ms", content.retry().firstDelayMs());
    if (content.rateLimit() != null) {
      shown
          .putObject("rate_limit")
          .put("requests", content.rateLimit().requests())
          .put("per_seconds", content.rateLimit().seconds());
    }
    if (content.probe() != null) {
      shown
          .putObject("test")
          .put("path", content.probe().path())
          .put("identity", content.probe().identity());
    }
    return shown
        .put("owner_name", connection.ownerName())
        .put("version", connection.version())
        .put("created_at", Shapes.time(connection.createdAt()))
        .put("updated_at", Shapes.time(connection.updatedAt()));
  }

  static ObjectNode example() {
    var example =
        Json.object()
            .put("name", "orders")
            .put("base_url", "https://api.example.com/v1")
            .put("api_key", "sk-…");
    example.putObject("headers").put("Authorization", "Bearer {{api_key}}");
    return example;
  }
}
