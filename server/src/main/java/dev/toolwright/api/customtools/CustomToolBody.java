package dev.toolwright.api.customtools;

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
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.ToolDraft;
import dev.toolwright.tool.ToolUsage;
import dev.toolwright.tool.WebhookDraft;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A tool as this face spells it.
final class CustomToolBody {
  static final String[] FIELDS = {
    "name",
    "displayName",
    "description",
    "category",
    "type",
    "config",
    "parameters",
    "outputSchema",
    "credentialId",
    "behavior",
    "approval",
    "timeout",
    "isShared"
  };

  private static final String[] SERVER_OWNED = {"id", "createdBy", "createdAt"};
  private static final String[] MOVING = {"updatedAt", "usage", "parametersSchema", "version"};

  private static final Map<String, String> KINDS =
      Map.of(
          "api_call", "api_endpoint",
          "api_endpoint", "api_endpoint",
          "code_execution", "function",
          "function", "function",
          "webhook", "webhook",
          "workflow", "workflow");

  private CustomToolBody() {}

  /// @param shown the tool as clients see it; null for a new one
  static ToolDraft draft(Fields in, @Nullable ObjectNode shown) {
    in.spell("implementation.allowed_hosts", "config.allowedHosts")
        .spell("implementation", "config")
        .spell("parameters_schema", "parameters")
        .spell("output_schema", "outputSchema");
    var isNew = shown == null;
    var name = Answers.name(in, isNew);
    if (shown != null) {
      in.ignore(MOVING);
      in.unchanged(shown, SERVER_OWNED);
      Answers.keepName(in, shown.path("name").asString());
    }
    var kind = kind(in, shown);
    var config = in.nested("config");
    var parsed = config == null ? null : config(config, kind);
    if (in.text("credentialId", 100) != null) {
      in.fault("credentialId", "belongs to the connector that the tool calls; give it there");
    }
    var behavior = in.nested("behavior");
    var shared = in.bool("isShared");
    return new ToolDraft(
        isNew ? name : null,
        in.text("displayName", 100),
        in.text("description", 4_000),
        in.pattern(
            "category", "[a-z0-9_-]{1,64}", "must be 1 to 64 lower-case letters, digits, _ or -"),
        parsed == null ? null : parsed.config(),
        ParameterList.read(in, "parameters"),
        in.object("outputSchema"),
        behavior == null
            ? null
            : new Behavior.Change(
                behavior.bool("readOnly"),
                behavior.bool("idempotent"),
                behavior.bool("destructive"),
                behavior.bool("openWorld")),
        in.integer("timeout", 100, 300_000),
        null,
        ApprovalRule.read(in, "approval"),
        shared == null ? null : shared ? Visibility.ORG : Visibility.PRIVATE,
        parsed == null ? null : parsed.auth(),
        parsed == null ? null : parsed.secrets(),
        parsed == null ? null : parsed.webhook());
  }

  private static String kind(Fields in, @Nullable ObjectNode shown) {
    var said = in.text("type", 40);
    var known = shown == null ? "" : KINDS.getOrDefault(shown.path("type").asString(), "");
    if (said == null) {
      if (shown == null) {
        in.fault("type", "is required");
      }
      return known;
    }
    var kind = KINDS.get(said);
    if (kind == null) {
      in.fault("type", "must be one of api_call, code_execution, webhook, workflow");
      return "";
    }
    if (shown != null && !kind.equals(known)) {
      in.fault("type", "cannot be changed; register a new tool instead");
    }
    return kind;
  }

  private record Parsed(
      Config config,
      @Nullable AuthDraft auth,
      @Nullable SecretsDraft secrets,
      @Nullable WebhookDraft webhook) {
    Parsed(Config config, @Nullable AuthDraft auth, @Nullable SecretsDraft secrets) {
      this(config, auth, secrets, null);
    }
  }

  private static @Nullable Parsed config(Fields in, String kind) {
    return switch (kind) {
      case "function" -> function(in);
      case "api_endpoint" -> api(in);
      case "workflow" -> {
        var agent = in.text("agentId", 100);
        var workflow = in.text("workflowId", 100);
        if ((agent == null) == (workflow == null)) {
          in.fault("workflowId", "or agentId is required, and only one of them");
          yield null;
        }
        yield new Parsed(
            agent != null
                ? new Config.Nested("agent", agent)
                : new Config.Nested("workflow", String.valueOf(workflow)),
            null,
            null);
      }
      case "webhook" -> {
        var webhook = WebhookDraft.read(in, WebhookDraft.Spelling.CAMEL);
        yield new Parsed(webhook.config(), null, null, webhook);
      }
      default -> {
        in.ignore(
            "endpointId",
            "snippetId",
            "connectionId",
            "query",
            "mode",
            "serverId",
            "toolName",
            "operation",
            "workflowId");
        yield null;
      }
    };
  }

  private static Parsed function(Fields in) {
    var snippet = in.text("snippetId", 100);
    if (snippet != null) {
      return new Parsed(new Config.Snippet(snippet), null, null);
    }
    if (!in.has("code")) {
      in.fault("snippetId", "is required, or code with its language");
    }
    var code = in.text("code", SnippetBody.MAX_CODE, "");
    var network = Config.Network.read(in, "allowedHosts");
    return new Parsed(
        SnippetBody.function(in, code, network), null, SecretsDraft.read(in, "secrets"));
  }

  private static Parsed api(Fields in) {
    var endpoint = in.text("endpointId", 100);
    if (endpoint != null) {
      return new Parsed(new Config.Endpoint(endpoint, "GET"), null, null);
    }
    var connection = in.text("connectionId", 100);
    if (connection == null && !in.has("url")) {
      in.fault("endpointId", "is required, or a url");
    }
    var auth = in.nested("auth");
    return new Parsed(
        new Config.HttpApi(
            Operation.read(in, connection == null && in.has("url")),
            new Auth.None(),
            null,
            connection),
        auth == null ? null : AuthDraft.read(auth, true),
        null);
  }

  static ObjectNode shown(Tool tool, boolean editor, ToolUsage usage) {
    var content = tool.content();
    var shown =
        Json.object()
            .put("id", tool.id())
            .put("name", tool.name())
            .put("displayName", content.title() == null ? tool.name() : content.title())
            .put("description", content.description())
            .put("category", content.category())
            .put("type", type(content.config()));
    shown.set("config", editor ? config(content.config()) : null);
    shown.set("parameters", ParameterList.shown(content.parametersSchema()));
    shown.set("parametersSchema", content.parametersSchema());
    shown.set("outputSchema", content.outputSchema());
    shown
        .putObject("behavior")
        .put("readOnly", content.behavior().readOnly())
        .put("idempotent", content.behavior().idempotent())
        .put("destructive", content.behavior().destructive())
        .put("openWorld", content.behavior().openWorld());
    if (content.approval() != null) {
      shown.set("approval", content.approval().shown());
    }
    shown
        .put("timeout", content.timeoutMs())
        .put("isShared", tool.isShared())
        .put("version", tool.version());
    shown.set("usage", usage(usage));
    return shown
        .put("createdBy", tool.ownerName())
        .put("createdAt", Answers.time(tool.createdAt()))
        .put("updatedAt", Answers.time(tool.updatedAt()));
  }

  static ObjectNode usage(ToolUsage usage) {
    return Json.object()
        .put("executionCount", usage.calls())
        .put("successCount", usage.succeeded())
        .put("successRate", usage.calls() == 0 ? 0 : (double) usage.succeeded() / usage.calls())
        .put("averageDurationMs", Math.round(usage.averageMillis() * 100) / 100.0)
        .put("lastExecutedAt", Answers.time(usage.lastUsedAt()));
  }

  /// This face's word for a kind.
  static String type(Config config) {
    return type(config.kind());
  }

  static String type(String kind) {
    return switch (kind) {
      case "function" -> "code_execution";
      case "api_endpoint" -> "api_call";
      default -> kind;
    };
  }

  private static JsonNode config(Config config) {
    return switch (config) {
      case Config.Builtin(var name) -> Json.object().put("name", name);
      case Config.Snippet(var id) -> Json.object().put("snippetId", id);
      case Config.Endpoint(var id, _) -> Json.object().put("endpointId", id);
      case Config.Webhook hook -> WebhookDraft.shown(hook, WebhookDraft.Spelling.CAMEL);
      case Config.Nested nested -> Json.object().put(nested.of() + "Id", nested.id());
      case Config.Mcp mcp ->
          Json.object().put("serverId", mcp.connectionId()).put("toolName", mcp.tool());
      case Config.Function function -> {
        var shown = Json.object().put("language", function.language()).put("code", function.code());
        shown.put("functionName", function.functionName());
        if (function.network() != null) {
          shown.set("allowedHosts", Json.tree(function.network().hosts()));
          var secrets = shown.putObject("secrets");
          new TreeSet<>(function.network().secrets())
              .forEach(name -> secrets.put(name, AuthDraft.MASK));
        }
        yield shown;
      }
      case Config.HttpApi api -> {
        var shown = api.operation().shown();
        if (api.connectionId() != null) {
          shown.put("connectionId", api.connectionId());
        } else {
          shown.set("auth", AuthDraft.shown(api.auth(), Credentials.names(api.held())));
        }
        yield shown;
      }
    };
  }

  static ObjectNode example() {
    var example =
        Json.object()
            .put("name", "profit")
            .put("displayName", "Profit")
            .put("type", "code_execution");
    example
        .putObject("config")
        .put("code", "return params.revenue - params.cost;")
        .put("language", "javascript");
    var parameters = example.putArray("parameters");
    for (var name : List.of("revenue", "cost")) {
      parameters.addObject().put("name", name).put("type", "number").put("required", true);
    }
    return example;
  }
}
