package dev.toolwright.api.web;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What the API description says of a route beyond its summary. Built up from `NONE`:
/// `RouteDoc.NONE.query("limit", "…").request(schema, example)`.
///
/// @param requestSchema JSON Schema 2020-12 of the body; null: the route takes none
/// @param status of the successful answer
public record RouteDoc(
    String description,
    List<Parameter> queries,
    @Nullable JsonNode requestSchema,
    @Nullable JsonNode requestExample,
    int status,
    @Nullable JsonNode responseSchema,
    @Nullable JsonNode responseExample,
    String responseType) {
  /// A query parameter.
  public record Parameter(String name, String description) {}

  public static final RouteDoc NONE =
      new RouteDoc("", List.of(), null, null, 200, null, null, "application/json");

  public RouteDoc {
    queries = List.copyOf(queries);
  }

  public RouteDoc description(String text) {
    return new RouteDoc(
        text,
        queries,
        requestSchema,
        requestExample,
        status,
        responseSchema,
        responseExample,
        responseType);
  }

  public RouteDoc query(String name, String text) {
    var more = new ArrayList<>(queries);
    more.add(new Parameter(name, text));
    return new RouteDoc(
        description,
        more,
        requestSchema,
        requestExample,
        status,
        responseSchema,
        responseExample,
        responseType);
  }

  public RouteDoc request(JsonNode schema, @Nullable JsonNode example) {
    return new RouteDoc(
        description,
        queries,
        schema,
        example,
        status,
        responseSchema,
        responseExample,
        responseType);
  }

  public RouteDoc response(int code, @Nullable JsonNode schema, @Nullable JsonNode example) {
    return new RouteDoc(
        description, queries, requestSchema, requestExample, code, schema, example, responseType);
  }

  /// The media type of the successful answer, when it is not JSON.
  public RouteDoc type(String mediaType) {
    return new RouteDoc(
        description,
        queries,
        requestSchema,
        requestExample,
        status,
        responseSchema,
        responseExample,
        mediaType);
  }
}
