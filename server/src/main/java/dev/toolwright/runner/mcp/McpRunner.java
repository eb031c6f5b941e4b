package dev.toolwright.runner.mcp;

import dev.toolwright.account.Caller;
import dev.toolwright.connection.Connection;
import dev.toolwright.connection.Connections;
import dev.toolwright.connection.LoginRefused;
import dev.toolwright.connection.mcp.McpClient;
import dev.toolwright.connection.mcp.McpFailure;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import dev.toolwright.run.Effect;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Progress;
import dev.toolwright.tool.Runner;
import dev.toolwright.tool.Tool;
import dev.toolwright.vault.SecretUnreadable;
import java.util.ArrayList;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/// Runs tools of MCP servers. They are what was accepted of them: arguments fit the schema that was
/// pinned, whatever the server says today.
public final class McpRunner implements Runner {
  private final McpClient client;
  private final Connections connections;

  public McpRunner(McpClient client, Connections connections) {
    this.client = client;
    this.connections = connections;
  }

  @Override
  public Class<? extends Config> runs() {
    return Config.Mcp.class;
  }

  @Override
  public Config check(Caller caller, Config config, Fields in) {
    return config;
  }

  @Override
  public Connection.Retry retry(Tool tool) {
    return connection(tool)
        .map(connection -> connection.content().retry())
        .orElseGet(() -> Runner.super.retry(tool));
  }

  private Optional<Connection> connection(Tool tool) {
    var mcp = (Config.Mcp) tool.content().config();
    return connections.usableBy(tool.workspaceId(), tool.ownerId(), mcp.connectionId());
  }

  @Override
  public Outcome run(Invocation call) throws InterruptedException {
    var connection = connection(call.tool()).orElse(null);
    if (connection == null) {
      return new Outcome.Denied(
          "The MCP server of this tool is gone, or its owner may not use it any more");
    }
    var mcp = (Config.Mcp) call.tool().content().config();
    var asker = new McpClient.Asker(connection, call.caller().userId(), call.workspaces());
    var effect = call.tool().content().behavior().effect();
    try {
      var result =
          client.call(
              asker,
              new McpClient.Call(
                  mcp.tool(),
                  call.tool().content().parametersSchema(),
                  call.arguments(),
                  effect == Effect.NONE ? null : call.idempotencyKey(),
                  heard(call)),
              call.timeout());
      return outcome(call.tool(), result);
    } catch (McpFailure e) {
      return failed(e, call, effect);
    } catch (LoginRefused e) {
      return e.isPassing()
          ? new Outcome.Failed("remote_error", String.valueOf(e.getMessage()), null, true)
          : new Outcome.Denied(String.valueOf(e.getMessage()));
    } catch (SecretUnreadable _) {
      return new Outcome.Failed(
          "execution_error", "The stored credential cannot be read; save it again", null, false);
    }
  }

  private static @Nullable Consumer<JsonNode> heard(Invocation call) {
    var progress = call.progress();
    return progress == null ? null : said -> progress.accept(Progress.of(said));
  }

  private static Outcome failed(McpFailure e, Invocation call, Effect effect) {
    var away = e.kind() == McpFailure.Kind.TIMEOUT || e.kind() == McpFailure.Kind.UNAVAILABLE;
    if (away && e.sent() && effect == Effect.ONCE) {
      return new Outcome.Unknown(
          "The call was sent and no answer came: it may or may not have taken effect",
          Json.object()
              .put("idempotency_key", call.idempotencyKey())
              .set("arguments", call.arguments()));
    }
    return switch (e.kind()) {
      case DENIED -> new Outcome.Denied(e.says());
      case TIMEOUT ->
          new Outcome.TimedOut("The MCP server did not answer within the timeout of the tool");
      case UNAVAILABLE -> new Outcome.Failed("remote_error", e.says(), null, true);
      case REFUSED -> new Outcome.Failed("remote_error", e.says(), null, false);
    };
  }

  private static Outcome outcome(Tool tool, JsonNode result) {
    if (result.path("resultType").asString("complete").equals("input_required")) {
      return new Outcome.Failed(
          "remote_error", "The MCP server asks for input, which cannot be given here", null, false);
    }
    var value = value(tool, result);
    return result.path("isError").asBoolean(false)
        ? new Outcome.Failed("execution_error", text(result), value, false)
        : new Outcome.Succeeded(value);
  }

  /// Structured content as it is, a single text as text (as JSON, where an object is expected), and
  /// anything else as the server gave it.
  private static JsonNode value(Tool tool, JsonNode result) {
    var structured = result.get("structuredContent");
    if (structured != null && !structured.isNull()) {
      return structured;
    }
    var content = result.path("content");
    if (content.size() != 1 || !content.path(0).path("type").asString("").equals("text")) {
      return Json.object().set("content", content);
    }
    var text = content.path(0).path("text").asString("");
    var wanted = tool.content().outputSchema();
    return wanted != null && wanted.path("type").asString("").equals("object")
        ? object(text)
        : StringNode.valueOf(text);
  }

  private static JsonNode object(String text) {
    try {
      var parsed = Json.parse(text);
      return parsed.isObject() ? parsed : StringNode.valueOf(text);
    } catch (MalformedJson e) {
      return StringNode.valueOf(text);
    }
  }

  private static String text(JsonNode result) {
    var texts = new ArrayList<String>();
    for (var part : result.path("content")) {
      if (part.path("type").asString("").equals("text")) {
        texts.add(part.path("text").asString(""));
      }
    }
    return texts.isEmpty() ? "The MCP server's tool failed" : String.join("\n", texts);
  }
}
