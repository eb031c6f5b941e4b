package dev.toolwright.api.mcp;

import dev.toolwright.json.Json;
import dev.toolwright.mcp.McpError;
import dev.toolwright.mcp.McpRequest;
import dev.toolwright.mcp.Revision;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What every answer of this server has, in each era.
///
/// @param version of this server
record Wire(String version) {
  private static final int TTL_MS = 5_000;
  private static final int DISCOVERED_TTL_MS = 3_600_000;
  private static final String SERVER_INFO = "io.modelcontextprotocol/serverInfo";

  static ObjectNode answer(McpRequest request, ObjectNode result) {
    return envelope(request.id()).set("result", result);
  }

  static ObjectNode answer(@Nullable JsonNode id, McpError error) {
    return envelope(id).set("error", error.toJson());
  }

  private static ObjectNode envelope(@Nullable JsonNode id) {
    var answer = Json.object().put("jsonrpc", "2.0");
    if (id != null) {
      answer.set("id", id);
    }
    return answer;
  }

  McpError unknown(McpRequest request) {
    return new McpError(
        request.isModern() ? 404 : 200,
        McpError.UNKNOWN_METHOD,
        "Unknown method " + MaterialMethods.shown(request.method()),
        null);
  }

  /// What the stateless revision wants with everything that a client may keep.
  ObjectNode cached(McpRequest request, ObjectNode result) {
    return request.isModern() ? result.put("ttlMs", TTL_MS).put("cacheScope", "private") : result;
  }

  /// What the stateless revision wants with every result.
  ObjectNode finished(McpRequest request, ObjectNode result) {
    if (request.isModern()) {
      if (!result.has("resultType")) {
        result.put("resultType", "complete");
      }
      result.withObjectProperty("_meta").set(SERVER_INFO, serverInfo());
    }
    return result;
  }

  /// @param about `capabilities` and `instructions`
  ObjectNode initialized(McpRequest request, ObjectNode about) {
    about.put(
        "protocolVersion", Revision.legacy(request.params().path("protocolVersion").asString("")));
    return about.set("serverInfo", serverInfo());
  }

  /// @param about `capabilities` and `instructions`
  ObjectNode discovered(ObjectNode about) {
    var supported = about.putArray("supportedVersions");
    Revision.SUPPORTED.forEach(supported::add);
    return about.put("ttlMs", DISCOVERED_TTL_MS).put("cacheScope", "public");
  }

  private ObjectNode serverInfo() {
    return Json.object()
        .put("name", "toolwright")
        .put("title", "Toolwright")
        .put("version", version);
  }
}
