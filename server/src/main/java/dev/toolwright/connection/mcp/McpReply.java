package dev.toolwright.connection.mcp;

import dev.toolwright.connection.mcp.McpFailure.Kind;
import dev.toolwright.json.Json;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What came back.
///
/// @param message null: none that could be read
/// @param scope that a refusal asks for, perhaps empty; null: it is about something else
record McpReply(
    int status, @Nullable String session, @Nullable JsonNode message, @Nullable String scope) {
  private static final int LONGEST = 500;

  /// 404 by the specification; servers of its own SDK say 400.
  boolean isUnknownSession() {
    return status == 404 || status == 400;
  }

  /// Nobody speaks MCP there.
  boolean isNoServer() {
    return (status == 404 || status == 405 || status < 300)
        && (message == null || !message.has("jsonrpc"));
  }

  boolean isRefused() {
    return status == 401 || status == 403;
  }

  /// A session is sent back in a header, where nothing is filled in.
  @Nullable String sessionId() {
    return session != null && session.matches("[!-z]{1,1000}") ? session : null;
  }

  /// Whether it tells of a server that speaks this revision, be it in refusing another.
  boolean supports(String revision) {
    if (message == null) {
      return false;
    }
    var told =
        Stream.of(
            message.path("result").path("supportedVersions"),
            message.path("error").path("data").path("supported"));
    return told.flatMap(JsonNode::valueStream).anyMatch(one -> one.asString("").equals(revision));
  }

  /// What the server says it can do.
  JsonNode capabilities() {
    return message == null ? Json.object() : message.path("result").path("capabilities");
  }

  void accepted() throws McpFailure {
    if (status >= 300) {
      throw failed();
    }
  }

  JsonNode result() throws McpFailure {
    var result = message == null ? null : message.get("result");
    if (status >= 300 || result == null) {
      throw failed();
    }
    return result;
  }

  McpFailure failed() {
    if (scope != null) {
      var which = scope.isEmpty() ? "" : " (scope " + scope + ")";
      return new McpFailure(
          Kind.DENIED,
          "The MCP server wants more rights"
              + which
              + ": add them to auth of its connection, and agree again",
          false);
    }
    if (isRefused()) {
      return new McpFailure(
          Kind.DENIED, "The MCP server refused the credential of its connection", false);
    }
    var said = message == null ? "" : message.path("error").path("message").asString("");
    if (!said.isEmpty()) {
      var shown = said.length() > LONGEST ? said.substring(0, LONGEST) + "…" : said;
      return new McpFailure(Kind.REFUSED, "The MCP server answered: " + shown, status < 300);
    }
    if (status >= 500 || status == 429) {
      return new McpFailure(Kind.UNAVAILABLE, "The MCP server answered " + status, true);
    }
    return new McpFailure(
        Kind.REFUSED,
        status >= 300
            ? "The MCP server answered " + status
            : "The MCP server gave an answer that is none",
        status < 300);
  }
}
