package dev.toolwright.connection.mcp;

import dev.toolwright.mcp.ParamHeaders;
import dev.toolwright.mcp.Revision;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What was agreed with a server.
///
/// @param id null: the server keeps none
/// @param path below the connection's base
/// @param isOld whether it is of the old transport
/// @param tells whether the server says when its tools change
record Session(String revision, @Nullable String id, String path, boolean isOld, boolean tells) {
  /// Before anything was agreed.
  static Session first(String revision, String path, boolean isOld) {
    return new Session(revision, null, path, isOld, false);
  }

  /// @param capabilities that the server has said it has
  Session agreed(String revision, @Nullable String id, JsonNode capabilities) {
    var tells = capabilities.path("tools").path("listChanged").asBoolean(false);
    return new Session(revision, id, path, isOld, tells);
  }

  boolean isModern() {
    return revision.equals(Revision.MODERN);
  }

  /// The headers that go with a message.
  Map<String, String> headers(JsonNode message) {
    var headers = new TreeMap<String, String>();
    headers.put("Accept", "application/json, text/event-stream");
    var method = message.path("method").asString("");
    if (!method.equals("initialize")) {
      headers.put("MCP-Protocol-Version", revision);
    }
    if (id != null) {
      headers.put("Mcp-Session-Id", id);
    }
    if (isModern()) {
      headers.put("Mcp-Method", method);
      var name = message.path("params").path("name");
      if (name.isString()) {
        headers.put("Mcp-Name", ParamHeaders.encoded(name.asString()));
      }
    }
    return headers;
  }
}
