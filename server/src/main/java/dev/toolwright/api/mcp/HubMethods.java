package dev.toolwright.api.mcp;

import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Sse;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.json.SchemaExample;
import dev.toolwright.json.Schemas;
import dev.toolwright.mcp.McpError;
import dev.toolwright.mcp.McpRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ObjectNode;

/// The Hub face: tools by which an agent makes tools, with the rights of its token.
public final class HubMethods implements Face {
  private static final int SIGN_OF_LIFE_SECONDS = 15;

  private final Hub hub;
  private final Schemas schemas;
  private final Wire wire;
  private final Map<String, ObjectNode> tools = new LinkedHashMap<>();

  /// @param version of this server
  public HubMethods(Hub hub, Schemas schemas, String version) {
    this.hub = hub;
    this.schemas = schemas;
    this.wire = new Wire(version);
    for (var tool : Json.stored(resource())) {
      tools.put(tool.path("name").asString(""), (ObjectNode) tool);
    }
  }

  private static String resource() {
    try (var in = HubMethods.class.getResourceAsStream("/mcp/hub.json")) {
      if (in == null) {
        throw new IllegalStateException("missing resource /mcp/hub.json");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode about() {
    var about = Json.object();
    about.putObject("capabilities").putObject("tools");
    return about.put(
        "instructions",
        "Makes HTTP tools over the connections of a workspace (a hub) and gives them to its agents."
            + " Begin with list_hubs, list_agents and list_connections.");
  }

  @Override
  public ObjectNode initialized(McpRequest request) {
    return wire.initialized(request, about());
  }

  @Override
  public void answer(Client client, McpRequest request, Exchange exchange)
      throws McpError, InterruptedException {
    exchange.json(200, Wire.answer(request, wire.finished(request, result(client, request))));
  }

  private ObjectNode result(Client client, McpRequest request)
      throws McpError, InterruptedException {
    return switch (request.method()) {
      case "server/discover" -> wire.discovered(about());
      case "tools/list" -> {
        var result = Json.object();
        tools.values().forEach(result.putArray("tools")::add);
        yield wire.cached(request, result);
      }
      case "tools/call" -> called(client, request);
      case "ping" -> {
        if (request.isModern()) {
          throw wire.unknown(request);
        }
        yield Json.object();
      }
      default -> throw wire.unknown(request);
    };
  }

  private ObjectNode called(Client client, McpRequest request)
      throws McpError, InterruptedException {
    var name = request.params().path("name").asString("");
    var tool = tools.get(name);
    if (tool == null) {
      throw new McpError(
          200, McpError.INVALID_PARAMS, "Unknown tool: " + MaterialMethods.shown(name), null);
    }
    var given = request.params().path("arguments");
    var arguments = given instanceof ObjectNode object ? object : Json.object();
    var schema = (ObjectNode) tool.path("inputSchema");
    var faults = schemas.check(schema, arguments);
    if (!faults.isEmpty()) {
      return Calling.failure(
          "The arguments do not fit: %s. An example that fits: %s"
              .formatted(
                  String.join("; ", faults.stream().map(Schemas.Fault::toString).toList()),
                  Json.write(SchemaExample.of(schema))));
    }
    try {
      return Calling.structured(hub.call(client.caller(), name, arguments));
    } catch (Problem e) {
      return Calling.failure(String.join("; ", e.messages()));
    }
  }

  @Override
  public void notified(Client client, McpRequest request) {
    // Nothing here takes long but the test of a tool, which has its own timeout.
  }

  /// These tools never change.
  @Override
  public void hear(Client client, Sse stream) throws InterruptedException {
    while (!stream.closed()) {
      TimeUnit.SECONDS.sleep(SIGN_OF_LIFE_SECONDS);
      stream.comment();
    }
  }
}
