package dev.toolwright.api.agents;

import dev.toolwright.approval.ApprovalRule;
import dev.toolwright.connection.Auth;
import dev.toolwright.connection.AuthDraft;
import dev.toolwright.connection.Credentials;
import dev.toolwright.connection.Operation;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.tool.Behavior;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.SecretsDraft;
import dev.toolwright.tool.ToolDraft;
import dev.toolwright.tool.WebhookDraft;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A tool's definition as this face spells it, read into a draft and shown again with its secrets
/// masked.
final class ToolBody {
  static final String[] FIELDS = {
    "name",
    "title",
    "description",
    "category",
    "tool_type",
    "parameters_schema",
    "output_schema",
    "implementation",
    "behavior",
    "requires_auth",
    "approval",
    "max_execution_time_ms",
    "is_shared"
  };

  /// Shown to clients, who may send it back unchanged.
  private static final String[] SERVER_OWNED = {"tool_id", "creator_name", "created_at"};

  /// Shown too, but moving by itself between a GET and a PUT; never taken from clients.
  private static final String[] MOVING = {"updated_at", "usage_stats", "response"};

  private static final Map<String, String> KINDS =
      Map.of(
          "function", "function",
          "code_execution", "function",
          "api_endpoint", "api_endpoint",
          "api_call", "api_endpoint",
          "webhook", "webhook",
          "workflow", "workflow");
  private static final int MAX_CODE = 100_000;

  private ToolBody() {}

  static ToolDraft draft(Fields in, boolean isNew) {
    var name = isNew ? name(in) : null;
    var kind = kind(in, isNew);
    var shared = in.bool("is_shared");
    var implementation = in.nested("implementation");
    var parsed = implementation == null ? null : Parsed.of(implementation, kind);
    var behavior = in.nested("behavior");
    return new ToolDraft(
        name,
        in.text("title", 100),
        in.text("description", 4_000),
        in.pattern(
            "category", "[a-z0-9_-]{1,64}", "must be 1 to 64 lower-case letters, digits, _ or -"),
        parsed == null ? null : parsed.config,
        in.object("parameters_schema"),
        in.object("output_schema"),
        behavior == null ? null : behavior(behavior),
        in.integer("max_execution_time_ms", 100, 300_000),
        in.bool("requires_auth"),
        ApprovalRule.read(in, "approval"),
        shared == null ? null : shared ? Visibility.ORG : Visibility.PRIVATE,
        parsed == null ? null : parsed.auth,
        parsed == null ? null : parsed.secrets,
        parsed == null ? null : parsed.webhook);
  }

  /// Notes what a change of this tool must not change.
  ///
  /// @param shown the tool as clients see it
  static void keep(Fields in, ObjectNode shown) {
    in.ignore(MOVING);
    in.unchanged(shown, SERVER_OWNED);
    in.notNewer("version", shown.path("version").asInt());
    for (var field : List.of("name", "tool_name")) {
      var name = in.text(field, 200);
      if (name != null && !name.equals(shown.path("tool_name").asString())) {
        in.fault(field, "cannot be changed: agents know the tool by it; create a new tool instead");
      }
    }
    var said = in.any("tool_type");
    var kind = said == null ? null : KINDS.get(said.asString(""));
    if (kind != null && !kind.equals(shown.path("tool_type").asString())) {
      in.fault("tool_type", "cannot be changed; create a new tool instead");
    }
  }

  private static @Nullable String name(Fields in) {
    if (!in.has("name")) {
      in.fault("name", "is required");
      return null;
    }
    return in.pattern(
        "name",
        "[a-zA-Z][a-zA-Z0-9_-]{0,63}",
        "must start with a letter, followed by at most 63 letters, digits, _ or -");
  }

  private static String kind(Fields in, boolean isNew) {
    var said = in.text("tool_type", 40);
    if (said == null) {
      if (isNew) {
        in.fault("tool_type", "is required");
      }
      return "";
    }
    var kind = KINDS.get(said);
    if (kind == null) {
      in.fault("tool_type", "must be one of function, api_endpoint, webhook, workflow");
      return "";
    }
    return kind;
  }

  private static Config.@Nullable Nested nested(
      Fields in, String agentField, String workflowField) {
    var agent = in.text(agentField, 100);
    var workflow = in.text(workflowField, 100);
    if ((agent == null) == (workflow == null)) {
      in.fault(workflowField, "or " + agentField + " is required, and only one of them");
      return null;
    }
    return agent != null
        ? new Config.Nested("agent", agent)
        : new Config.Nested("workflow", String.valueOf(workflow));
  }

  private static Behavior.Change behavior(Fields in) {
    return new Behavior.Change(
        in.bool("read_only"), in.bool("idempotent"), in.bool("destructive"), in.bool("open_world"));
  }

  static Map<String, Object> behavior(Behavior behavior) {
    var shown = new TreeMap<String, Object>();
    shown.put("read_only", behavior.readOnly());
    shown.put("idempotent", behavior.idempotent());
    shown.put("destructive", behavior.destructive());
    shown.put("open_world", behavior.openWorld());
    return shown;
  }

  /// An `implementation` that was read.
  private static final class Parsed {
    private @Nullable Config config;
    private @Nullable AuthDraft auth;
    private @Nullable SecretsDraft secrets;
    private @Nullable WebhookDraft webhook;

    static Parsed of(Fields in, String kind) {
      var parsed = new Parsed();
      // A change of the implementation alone need not repeat the kind.
      switch (kind.isEmpty() ? guessed(in) : kind) {
        case "function" -> parsed.function(in);
        case "api_endpoint" -> parsed.api(in);
        case "webhook" -> parsed.webhook(in);
        case "workflow" -> parsed.config = nested(in, "agent_id", "workflow_id");
        default ->
            in.ignore(
                "code",
                "function_name",
                "language",
                "allowed_hosts",
                "secrets",
                "url",
                "method",
                "headers",
                "query",
                "auth",
                "body",
                "body_format",
                "response",
                "connection_id",
                "endpoint_id",
                "snippet_id",
                "webhook_url",
                "callback_required",
                "secret",
                "agent_id",
                "workflow_id");
      }
      return parsed;
    }

    private static String guessed(Fields in) {
      return in.names("code") || in.names("snippet_id")
          ? "function"
          : in.names("url") || in.names("connection_id") || in.names("endpoint_id")
              ? "api_endpoint"
              : in.names("webhook_url")
                  ? "webhook"
                  : in.names("workflow_id") || in.names("agent_id") ? "workflow" : "";
    }

    private void function(Fields in) {
      var snippet = in.text("snippet_id", 100);
      if (snippet != null) {
        config = new Config.Snippet(snippet);
        return;
      }
      var code = in.requiredText("code", 1, MAX_CODE);
      var said = in.choice("language", List.of("python", "javascript", "typescript"));
      var language = said == null ? "python" : said;
      var name =
          language.equals("python")
              ? in.pattern("function_name", "[A-Za-z_][A-Za-z0-9_]{0,99}", "must be a Python name")
              : in.pattern(
                  "function_name",
                  "[A-Za-z_$][A-Za-z0-9_$]{0,99}",
                  "must be a letter, $ or _, followed by letters, digits, $ or _");
      config =
          new Config.Function(
              language, code, name, null, Config.Network.read(in, "allowed_hosts"), null);
      secrets = SecretsDraft.read(in, "secrets");
    }

    private void webhook(Fields in) {
      webhook = WebhookDraft.read(in, WebhookDraft.Spelling.SNAKE);
      config = webhook.config();
    }

    private void api(Fields in) {
      var endpoint = in.text("endpoint_id", 100);
      if (endpoint != null) {
        config = new Config.Endpoint(endpoint, "GET");
        return;
      }
      var connection = in.text("connection_id", 100);
      var operation = Operation.read(in, connection == null);
      var said = in.nested("auth");
      if (said != null) {
        auth = AuthDraft.read(said, true);
        if (connection != null && !(auth.auth() instanceof Auth.None)) {
          in.fault("auth", "goes not together with connection_id: the connection has its own");
        }
      }
      config = new Config.HttpApi(operation, new Auth.None(), null, connection);
    }
  }

  /// The configuration with every secret masked.
  static JsonNode implementation(Config config) {
    return switch (config) {
      case Config.Builtin(var name) -> Json.object().put("name", name);
      case Config.Function function -> {
        var shown = Json.object().put("language", function.language()).put("code", function.code());
        shown.put("function_name", function.functionName());
        if (function.network() != null) {
          shown.set("allowed_hosts", Json.tree(function.network().hosts()));
          var secrets = shown.putObject("secrets");
          new TreeSet<>(function.network().secrets())
              .forEach(name -> secrets.put(name, AuthDraft.MASK));
        }
        yield shown;
      }
      case Config.Snippet(var id) -> Json.object().put("snippet_id", id);
      case Config.Endpoint(var id, _) -> Json.object().put("endpoint_id", id);
      case Config.Webhook hook -> WebhookDraft.shown(hook, WebhookDraft.Spelling.SNAKE);
      case Config.Nested nested -> Json.object().put(nested.of() + "_id", nested.id());
      case Config.Mcp mcp ->
          Json.object().put("server_id", mcp.connectionId()).put("tool_name", mcp.tool());
      case Config.HttpApi api -> {
        var shown = api.operation().shown();
        if (api.connectionId() != null) {
          shown.put("connection_id", api.connectionId());
        } else {
          shown.set("auth", AuthDraft.shown(api.auth(), Credentials.names(api.held())));
        }
        yield shown;
      }
    };
  }

  static ObjectNode example() {
    var example = Json.object().put("name", "greet").put("description", "Greets somebody by name");
    example.put("tool_type", "function");
    example
        .putObject("implementation")
        .put("code", "def greet(parameters, context):\n    return 'Hello ' + parameters['name']\n");
    var schema = example.putObject("parameters_schema").put("type", "object");
    schema.putObject("properties").putObject("name").put("type", "string");
    schema.putArray("required").add("name");
    return example;
  }
}
