package dev.toolwright.importer.openapi;

import dev.toolwright.connection.Operation;
import dev.toolwright.json.Json;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One operation of a document, as it would be imported.
///
/// @param id method and path, such as `GET /pets/{petId}`
/// @param operationId as the document has it; empty: it has none
/// @param title one line for people
/// @param description what the model reads
/// @param request null: no tool can make this request, and the first warning says why
/// @param parameters schema of the tool's arguments
/// @param response schema that answers must fit; null: anything
/// @param declared parameters and body in the document's words
/// @param warnings what is not as the document has it
public record Imported(
    String id,
    String method,
    String path,
    String operationId,
    String title,
    String description,
    boolean deprecated,
    @Nullable Operation request,
    ObjectNode parameters,
    @Nullable ObjectNode response,
    ObjectNode declared,
    List<String> warnings) {
  public Imported {
    warnings = List.copyOf(warnings);
  }

  public boolean importable() {
    return request != null;
  }

  /// Everything that a tool made of it does and shows: this is what is pinned.
  ObjectNode definition() {
    var definition =
        Json.object()
            .put("title", title)
            .put("description", description)
            .put("deprecated", deprecated);
    definition.set("request", Json.tree(request));
    definition.set("parameters", parameters);
    definition.set("response", response);
    return definition;
  }

  static byte[] hash(JsonNode definition) {
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(Json.canonical(definition).getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
