package dev.toolwright.tool;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.toolwright.connection.Auth;
import dev.toolwright.connection.Credentials;
import dev.toolwright.connection.Held;
import dev.toolwright.connection.Operation;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What a tool is made of: one record per kind, stored in its revision. Each kind has a [Runner].
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Config.Function.class, name = "function"),
  @JsonSubTypes.Type(value = Config.HttpApi.class, name = "api_endpoint"),
  @JsonSubTypes.Type(value = Config.Endpoint.class, name = "endpoint"),
  @JsonSubTypes.Type(value = Config.Snippet.class, name = "snippet"),
  @JsonSubTypes.Type(value = Config.Webhook.class, name = "webhook"),
  @JsonSubTypes.Type(value = Config.Nested.class, name = "workflow"),
  @JsonSubTypes.Type(value = Config.Mcp.class, name = "mcp"),
  @JsonSubTypes.Type(value = Config.Builtin.class, name = "builtin")
})
public sealed interface Config {
  /// The kind's name on the Agents face.
  default String kind() {
    return switch (this) {
      case Function _, Snippet _ -> "function";
      case HttpApi _, Endpoint _ -> "api_endpoint";
      case Webhook _ -> "webhook";
      case Nested _ -> "workflow";
      case Mcp _ -> "mcp";
      case Builtin _ -> "builtin";
    };
  }

  /// What such a tool does to the world when nobody says.
  default Behavior defaultBehavior() {
    return switch (this) {
      case Function function when function.network() != null ->
          new Behavior(false, false, false, true);
      case Function _, Snippet _ -> new Behavior(true, true, false, false);
      case HttpApi api -> ofMethod(api.operation().method());
      case Endpoint endpoint -> ofMethod(endpoint.method());
      // Asked twice, it finds the job that it has started.
      case Webhook _, Nested _ -> new Behavior(false, true, false, true);
      case Mcp mcp -> mcp.behavior();
      case Builtin _ -> new Behavior(false, false, false, true);
    };
  }

  /// The ids of definitions that it needs.
  default Set<String> references() {
    return switch (this) {
      case HttpApi api when api.connectionId() != null -> Set.of(api.connectionId());
      case Endpoint endpoint -> Set.of(endpoint.endpointId());
      case Snippet snippet -> Set.of(snippet.snippetId());
      case Nested nested -> Set.of(nested.id());
      case Mcp mcp -> Set.of(mcp.connectionId());
      case HttpApi _, Function _, Webhook _, Builtin _ -> Set.of();
    };
  }

  /// The schema of its arguments when nobody gives one.
  default ObjectNode impliedParameters() {
    return switch (this) {
      case HttpApi api -> api.operation().impliedParameters();
      case Nested nested when nested.isAgent() -> Nested.question();
      default -> Json.object().put("type", "object");
    };
  }

  private static Behavior ofMethod(String method) {
    return switch (method) {
      case "GET", "HEAD" -> new Behavior(true, true, false, true);
      case "PUT" -> new Behavior(false, true, false, true);
      case "DELETE" -> new Behavior(false, true, true, true);
      default -> new Behavior(false, false, false, true);
    };
  }

  /// Code that runs in the sandbox.
  ///
  /// @param language `python`, `javascript` or `typescript`
  /// @param functionName null: in Python the only top-level function, else the body itself
  /// @param compiled what TypeScript became when it was saved; null for the other languages
  /// @param network null: it reaches nothing
  /// @param memoryMb MiB that a Python function may use; null: as many as the sandbox gives
  record Function(
      String language,
      String code,
      @Nullable String functionName,
      @Nullable Compiled compiled,
      @Nullable Network network,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer memoryMb)
      implements Config {
    /// The same within so many MiB.
    Function within(int mostMb) {
      return new Function(language, code, functionName, compiled, network, mostMb);
    }

    Function with(@Nullable Network other) {
      return new Function(language, code, functionName, compiled, other, memoryMb);
    }
  }

  /// What a function may reach.
  ///
  /// @param hosts as their author wrote them; https unless they say otherwise
  /// @param held the secrets that its requests may carry there; null: there are none
  record Network(List<String> hosts, @Nullable Held held) {
    static final Network NONE = new Network(List.of(), null);

    // Not compact: javac leaves the type annotations of a compact constructor's parameters out of
    // the class file, and then no other module may pass null.
    public Network(List<String> hosts, @Nullable Held held) {
      this.hosts = List.copyOf(hosts);
      this.held = held;
    }

    /// The names of its secrets.
    public Set<String> secrets() {
      return Credentials.names(held);
    }

    /// Reads a list of hosts; null when nothing is said of it.
    public static @Nullable Network read(Fields in, String field) {
      var hosts = in.texts(field, 50, 300);
      return hosts != null
          ? new Network(hosts, null)
          : in.names(field) ? new Network(List.of(), null) : null;
    }
  }

  /// A snippet, as it is when the tool is called.
  record Snippet(String snippetId) implements Config {}

  /// JavaScript that was made from TypeScript.
  ///
  /// @param lines for each line of the JavaScript the line it came from, from 1
  record Compiled(String code, List<Integer> lines) {
    public Compiled {
      lines = List.copyOf(lines);
    }
  }

  /// One HTTP request.
  ///
  /// @param auth of the request itself; none with a connection, which has its own
  /// @param held the secrets of `auth`; null: there are none
  /// @param connectionId null: the operation's URL is absolute
  record HttpApi(Operation operation, Auth auth, @Nullable Held held, @Nullable String connectionId)
      implements Config {}

  /// An endpoint of a connection, as it is when the tool is called.
  record Endpoint(String endpointId, String method) implements Config {}

  /// A message to a receiver. Its address is as good as a password and lies in the vault.
  ///
  /// @param origin scheme, host and port of the address: all that is shown of it
  /// @param method in capitals
  /// @param callbackRequired the receiver answers later, to a one-time address it is given
  /// @param held the address and, if messages are signed, the secret: see [WebhookSecrets]
  record Webhook(
      String origin,
      String method,
      Map<String, String> headers,
      boolean callbackRequired,
      @Nullable Held held)
      implements Config {
    public Webhook {
      headers = Map.copyOf(headers);
    }

    boolean isSigned() {
      return held != null && held.names().contains(WebhookSecrets.SIGNING);
    }
  }

  /// An agent or a workflow, which works as a job of its own.
  ///
  /// @param of `agent` or `workflow`
  record Nested(String of, String id) implements Config {
    public boolean isAgent() {
      return of.equals("agent");
    }

    private static ObjectNode question() {
      var schema = Json.object().put("type", "object");
      var properties = schema.putObject("properties");
      properties.putObject("message").put("type", "string");
      properties.putObject("context").put("type", "object");
      schema.putArray("required").add("message");
      return schema.put("additionalProperties", false);
    }
  }

  /// A tool of an MCP server.
  ///
  /// @param connectionId of the server
  /// @param tool its name there
  /// @param hash of its description there, as it was accepted
  /// @param behavior as its annotations have it
  record Mcp(String connectionId, String tool, String hash, Behavior behavior) implements Config {}

  /// One of the server's own tools; never stored.
  record Builtin(String name) implements Config {}
}
