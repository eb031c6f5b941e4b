package dev.toolwright.mcp;

import dev.toolwright.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A request that is refused at the protocol's level. A tool that fails is no such error: that is a
/// result.
public final class McpError extends Exception {
  public static final int INVALID_REQUEST = -32600;
  public static final int UNKNOWN_METHOD = -32601;
  public static final int INVALID_PARAMS = -32602;
  public static final int RESOURCE_NOT_FOUND = -32002;
  public static final int INTERNAL = -32603;
  public static final int HEADER_MISMATCH = -32020;
  public static final int MISSING_CAPABILITY = -32021;
  public static final int UNSUPPORTED_VERSION = -32022;

  private final int status;
  private final int code;
  private final transient @Nullable JsonNode data;

  /// @param status of the HTTP answer
  public McpError(int status, int code, String message, @Nullable JsonNode data) {
    super(message, null, false, false);
    this.status = status;
    this.code = code;
    this.data = data;
  }

  public int status() {
    return status;
  }

  /// The `error` member of the answer.
  public JsonNode toJson() {
    var error = Json.object().put("code", code).put("message", getMessage());
    if (data != null) {
      error.set("data", data);
    }
    return error;
  }
}
