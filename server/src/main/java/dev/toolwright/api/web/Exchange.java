package dev.toolwright.api.web;

import dev.toolwright.account.Caller;
import dev.toolwright.database.Tx;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One request and its answer, as a route sees them. The answer leaves when the handler returns,
/// except that of `sse`.
public interface Exchange {
  /// Who is calling.
  ///
  /// @throws IllegalStateException on a public route
  Caller caller();

  /// The id of the token that the call came with; empty on a public route.
  String tokenId();

  /// The value, decoded, of a place in the route's path.
  String path(String name);

  /// The path as it was called, without the query.
  String path();

  /// The first value of a query parameter.
  @Nullable String query(String name);

  /// All values of a query parameter, in order.
  List<String> queries(String name);

  /// The query as it was sent, not decoded; null when there is none.
  @Nullable String queryString();

  /// A whole number from the query. Above `max` it is `max`.
  ///
  /// @throws dev.toolwright.http.Problem 400 when it is no number or below `min`
  int intQuery(String name, int fallback, int min, int max);

  /// A boolean from the query: `true`, `1`, or the bare name; `false`, `0`.
  ///
  /// @throws dev.toolwright.http.Problem 400 for anything else
  boolean flag(String name, boolean fallback);

  @Nullable String header(String name);

  /// The caller's address, as the connection shows it.
  String remoteAddress();

  /// Names this request in the answer, in errors and in the log.
  String requestId();

  /// The body, which must be a JSON object. No body at all is `{}`.
  ///
  /// @throws dev.toolwright.http.Problem 400, 413 or 415
  ObjectNode body();

  /// The body, which may be any JSON. No body at all is `{}`.
  ///
  /// @param most bytes
  /// @throws dev.toolwright.http.Problem 400, 413 or 415
  JsonNode value(int most);

  /// The body as it came, at most 10 MB.
  ///
  /// @throws dev.toolwright.http.Problem 413
  byte[] rawBody();

  /// Answers with JSON.
  void json(int status, Object body);

  void bytes(int status, String contentType, byte[] body);

  /// Sets a header of the answer.
  void header(String name, String value);

  /// Answers with JSON and keeps that answer for the request's `Idempotency-Key`, if it has one, in
  /// `tx`: what the command did and the answer that a repeated request gets are committed together.
  void idempotent(Tx tx, int status, JsonNode answer);

  /// Starts a stream of Server-Sent Events. The handler writes it and returns to end it.
  Sse sse();
}
