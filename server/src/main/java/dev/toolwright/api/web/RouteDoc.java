package dev.toolwright.api.web;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What the API description says of a route beyond its summary. Built up from `NONE`:
/// `RouteDoc.NONE.query("limit", "…").request(schema, example)`. What is answered to the example is
/// recorded by a test.
///
/// @param requestSchema JSON Schema 2020-12 of the body; null: the route takes none
/// @param requestExample one that succeeds; an id such as `asst_…` stands for one of the caller's
/// @param status of the successful answer
/// @param responseType media type of the successful answer
public record RouteDoc(
    String description,
    List<Parameter> queries,
    @Nullable JsonNode requestSchema,
    @Nullable JsonNode requestExample,
    int status,
    String responseType) {
  /// A query parameter.
  public record Parameter(String name, String description) {}

  public static final RouteDoc NONE =
      new RouteDoc("", List.of(), null, null, 200, "application/json");

  public RouteDoc {
    queries = List.copyOf(queries);
  }

  public RouteDoc description(String text) {
    return new RouteDoc(text, queries, requestSchema, requestExample, status, responseType);
  }

  public RouteDoc query(String name, String text) {
    var more = new ArrayList<>(queries);
    more.add(new Parameter(name, text));
    return new RouteDoc(description, more, requestSchema, requestExample, status, responseType);
  }

  public RouteDoc request(JsonNode schema, @Nullable JsonNode example) {
    return new RouteDoc(description, queries, schema, example, status, responseType);
  }

  /// The status of the successful answer, when it is not 200.
  public RouteDoc status(int code) {
    return new RouteDoc(description, queries, requestSchema, requestExample, code, responseType);
  }

  /// The media type of the successful answer, when it is not JSON.
  public RouteDoc type(String mediaType) {
    return new RouteDoc(description, queries, requestSchema, requestExample, status, mediaType);
  }
}
