package dev.toolwright.mcp;

import dev.toolwright.json.Json;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One JSON-RPC request or notification, with the era it is of.
///
/// @param id null for a notification
/// @param isModern whether it is of the stateless revision
public record McpRequest(
    @Nullable JsonNode id, String method, ObjectNode params, boolean isModern) {
  /// Methods whose header `Mcp-Name` says what they are about, with the parameter that says it too.
  private static final Map<String, String> NAMED =
      Map.of("tools/call", "name", "prompts/get", "name", "resources/read", "uri");

  private static final String META_VERSION = "io.modelcontextprotocol/protocolVersion";
  private static final String META_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";

  /// Reads a message and checks what its era demands: in the stateless one the headers must say
  /// what the body says.
  ///
  /// @param header gives a request header by name
  public static McpRequest of(ObjectNode message, Function<String, @Nullable String> header)
      throws McpError {
    var id = message.get("id");
    if (!message.path("jsonrpc").asString("").equals("2.0")
        || !message.path("method").isString()
        || (id != null && !id.isString() && !id.isIntegralNumber())) {
      throw new McpError(400, McpError.INVALID_REQUEST, "Not a JSON-RPC 2.0 request", null);
    }
    var params = message.path("params") instanceof ObjectNode object ? object : Json.object();
    var meta = params.path("_meta");
    var said = header.apply("MCP-Protocol-Version");
    var isModern = meta.has(META_VERSION) || Revision.MODERN.equals(said);
    var request = new McpRequest(id, message.path("method").asString(), params, isModern);
    if (isModern) {
      request.checkModern(meta, said, header);
    } else if (said != null && !Revision.LEGACY.contains(said)) {
      throw unsupported(said);
    }
    return request;
  }

  private void checkModern(
      JsonNode meta, @Nullable String said, Function<String, @Nullable String> header)
      throws McpError {
    if (!meta.path(META_VERSION).isString()) {
      throw new McpError(400, McpError.INVALID_PARAMS, "_meta must hold " + META_VERSION, null);
    }
    var version = meta.path(META_VERSION).asString();
    if (!version.equals(said)) {
      throw ParamHeaders.mismatch("MCP-Protocol-Version");
    }
    if (!version.equals(Revision.MODERN)) {
      throw unsupported(version);
    }
    if (!meta.path(META_CAPABILITIES).isObject()) {
      throw new McpError(
          400, McpError.INVALID_PARAMS, "_meta must hold " + META_CAPABILITIES, null);
    }
    if (!method.equals(header.apply("Mcp-Method"))) {
      throw ParamHeaders.mismatch("Mcp-Method");
    }
    var named = NAMED.get(method);
    if (named != null
        && !params
            .path(named)
            .asString("")
            .equals(ParamHeaders.decoded(header.apply("Mcp-Name"), "Mcp-Name"))) {
      throw ParamHeaders.mismatch("Mcp-Name");
    }
  }

  private static McpError unsupported(String version) {
    var data = Json.object().put("requested", version);
    var supported = data.putArray("supported");
    Revision.SUPPORTED.forEach(supported::add);
    return new McpError(400, McpError.UNSUPPORTED_VERSION, "Unsupported protocol version", data);
  }
}
