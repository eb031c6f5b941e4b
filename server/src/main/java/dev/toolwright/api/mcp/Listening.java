package dev.toolwright.api.mcp;

import dev.toolwright.api.web.Sse;
import dev.toolwright.json.Json;
import dev.toolwright.mcp.Changes;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Tells a client on a long stream when what it may use has changed. A notice only makes us look:
/// what is told is what has changed for this client.
final class Listening {
  /// How long a stream is quiet at most.
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(15);

  /// The most resources of one client.
  static final int MOST_URIS = 100;

  static final String META = "io.modelcontextprotocol/subscriptionId";

  private final ToolList list;
  private final MaterialMethods methods;
  private final Changes changes;

  Listening(ToolList list, MaterialMethods methods, Changes changes) {
    this.list = list;
    this.methods = methods;
    this.changes = changes;
  }

  /// What a client wants to hear of.
  ///
  /// @param uris gives the resources whose changes are told, as they are now
  /// @param id of the subscription, which goes with each notification; null: none
  record Wish(
      boolean tools,
      boolean prompts,
      boolean resources,
      Supplier<List<String>> uris,
      @Nullable JsonNode id) {
    /// @param asked `{toolsListChanged, promptsListChanged, resourcesListChanged,
    ///   resourceSubscriptions}`
    static Wish of(JsonNode asked, @Nullable JsonNode id) {
      var uris =
          asked.path("resourceSubscriptions").values().stream()
              .map(uri -> uri.asString(""))
              .limit(MOST_URIS)
              .toList();
      return new Wish(
          asked.path("toolsListChanged").asBoolean(false),
          asked.path("promptsListChanged").asBoolean(false),
          asked.path("resourcesListChanged").asBoolean(false),
          () -> uris,
          id);
    }

    ObjectNode toJson() {
      var shown = Json.object();
      shown.put("toolsListChanged", tools).put("promptsListChanged", prompts);
      shown.put("resourcesListChanged", resources);
      if (!uris.get().isEmpty()) {
        uris.get().forEach(shown.putArray("resourceSubscriptions")::add);
      }
      return shown;
    }
  }

  /// Tells until the client has gone or the server stops.
  void tell(Client client, Wish wish, Sse stream) throws InterruptedException {
    try (var heard = changes.hear()) {
      var seen = new Seen(client, wish);
      seen.look(stream, false);
      while (!stream.closed()) {
        if (!heard.await(SIGN_OF_LIFE)) {
          stream.comment();
        }
        // A hint may be lost, so a sign of life is a look too.
        seen.look(stream, true);
      }
    }
  }

  /// What a client saw last.
  private final class Seen {
    private final Client client;
    private final Wish wish;
    private final Map<String, Object> last = new HashMap<>();

    Seen(Client client, Wish wish) {
      this.client = client;
      this.wish = wish;
    }

    void look(Sse stream, boolean tells) {
      var caller = client.caller();
      if (wish.tools()) {
        compare(stream, tells, "tools/list_changed", null, list.fingerprint(client));
      }
      if (wish.prompts()) {
        compare(stream, tells, "prompts/list_changed", null, methods.prompts(caller).hashCode());
      }
      if (wish.resources()) {
        var now = List.of(methods.resources(caller, false), methods.resources(caller, true));
        compare(stream, tells, "resources/list_changed", null, now.hashCode());
      }
      for (var uri : wish.uris().get()) {
        compare(stream, tells, "resources/updated", uri, methods.version(caller, uri));
      }
    }

    private void compare(Sse stream, boolean tells, String what, @Nullable String uri, Object now) {
      var before = last.put(what + uri, now);
      if (tells && before != null && !before.equals(now)) {
        var params = params(wish.id());
        if (uri != null) {
          params.put("uri", uri);
        }
        stream.event(null, "message", notification("notifications/" + what, params));
      }
    }
  }

  static ObjectNode params(@Nullable JsonNode id) {
    var params = Json.object();
    if (id != null) {
      params.putObject("_meta").set(META, id);
    }
    return params;
  }

  static ObjectNode notification(String method, ObjectNode params) {
    return Json.object().put("jsonrpc", "2.0").put("method", method).set("params", params);
  }
}
