package dev.toolwright.api.web;

import io.javalin.http.Context;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Writes an error as the answer of a servlet request.
final class ErrorReply {
  private ErrorReply() {}

  /// Clients that speak MCP are told where to read how they authenticate (RFC 9728). They are told
  /// in the words of their own request: whoever lies about the host deceives nobody but himself.
  private static String challenge(Context context) {
    var path = context.path();
    if (!path.equals("/mcp") && !path.startsWith("/mcp/")) {
      return "Bearer";
    }
    var host = context.req().getHeader("Host");
    if (host == null || !host.matches("[A-Za-z0-9.:\\[\\]-]{1,255}")) {
      return "Bearer";
    }
    var scheme =
        "https".equals(context.req().getHeader("X-Forwarded-Proto")) ? "https" : context.scheme();
    return "Bearer resource_metadata=\"%s://%s/.well-known/oauth-protected-resource%s\", scope=\"mcp\""
        .formatted(scheme, host, path);
  }

  static void send(Context context, ErrorAnswer answer) {
    var response = context.res();
    response.setStatus(answer.status());
    if (answer.status() == 413) {
      // What is left of the body is not wanted, so nothing can follow it on this connection.
      response.setHeader("Connection", "close");
    }
    if (answer.status() == 401) {
      response.setHeader("WWW-Authenticate", challenge(context));
    }
    var retryAfter = answer.retryAfterSeconds();
    if (retryAfter != null) {
      response.setHeader("Retry-After", retryAfter);
    }
    var requestId = String.valueOf(context.req().getAttribute(Headers.attribute()));
    var body = answer.body(context.path(), requestId);
    response.setContentType("application/json");
    response.setContentLengthLong(body.length);
    try {
      response.getOutputStream().write(body);
      response.flushBuffer();
    } catch (IOException _) {
      // The client has gone; there is no one to tell.
    }
  }

  /// Answers a method that the path does not have; to OPTIONS with what it has.
  ///
  /// @param methods that the path has
  static void otherMethod(Context context, List<String> methods, boolean allowedOrigin) {
    var all = new ArrayList<>(methods);
    all.add("OPTIONS");
    var response = context.res();
    var allow = String.join(", ", all);
    response.setHeader("Allow", allow);
    if (!context.req().getMethod().equals("OPTIONS")) {
      send(context, ErrorAnswer.of(405, "This path answers " + allow));
      return;
    }
    response.setStatus(204);
    response.setContentType(null);
    if (allowedOrigin) {
      response.setHeader("Access-Control-Allow-Methods", allow);
      response.setHeader(
          "Access-Control-Allow-Headers",
          "Authorization, X-Token, Content-Type, Idempotency-Key, X-Request-Id, Last-Event-ID");
      response.setHeader("Access-Control-Max-Age", "600");
    }
  }
}
