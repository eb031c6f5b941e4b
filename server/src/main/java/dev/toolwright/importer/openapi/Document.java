package dev.toolwright.importer.openapi;

import dev.toolwright.json.Json;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// An OpenAPI document of version 3.0 or 3.1. References are followed inside of it only.
final class Document {
  private static final int MOST_OPERATIONS = 2_000;
  private static final int MOST_HOPS = 16;
  private static final Set<String> METHODS =
      Set.of("get", "head", "post", "put", "patch", "delete");
  private static final Set<String> OTHER_METHODS = Set.of("options", "trace");

  private final ObjectNode root;
  private final @Nullable URI address;
  private final List<String> notes = new ArrayList<>();

  /// One operation as it stands in the document.
  ///
  /// @param item the path it lies at, with what its operations share
  record Source(String method, String path, ObjectNode item, ObjectNode operation) {
    String id() {
      return method + " " + path;
    }

    String text(String field) {
      return operation.path(field).asString("");
    }

    boolean isDeprecated() {
      return operation.path("deprecated").asBoolean(false);
    }
  }

  private Document(ObjectNode root, @Nullable URI address) {
    this.root = root;
    this.address = address;
  }

  /// @param address where it was fetched; null: it was sent
  static Document of(ObjectNode root, @Nullable URI address) throws Unfit {
    var version = root.path("openapi").asString("");
    if (root.has("swagger")) {
      throw new Unfit("is Swagger 2.0: convert it to OpenAPI 3 first");
    }
    if (version.isEmpty()) {
      throw new Unfit("is no OpenAPI document: it has no field openapi");
    }
    if (!version.matches("3\\.[01](\\..{1,20})?")) {
      throw new Unfit("is of an OpenAPI version that is not supported; 3.0 and 3.1 are");
    }
    return new Document(root, address);
  }

  ObjectNode root() {
    return root;
  }

  @Nullable URI address() {
    return address;
  }

  String version() {
    return root.path("openapi").asString("");
  }

  /// What [#operations] could not read.
  List<String> notes() {
    return notes;
  }

  List<Source> operations() throws Unfit {
    var found = new ArrayList<Source>();
    for (var path : root.path("paths").properties()) {
      if (path.getKey().startsWith("/")) {
        at(path.getKey(), path.getValue(), found);
      }
    }
    if (found.size() > MOST_OPERATIONS) {
      throw new Unfit("has more than 2 000 operations");
    }
    if (found.isEmpty()) {
      throw new Unfit("has no operations");
    }
    return found;
  }

  private void at(String path, JsonNode value, List<Source> found) {
    try {
      var item = object(value);
      for (var field : item.properties()) {
        if (METHODS.contains(field.getKey()) && field.getValue() instanceof ObjectNode operation) {
          found.add(new Source(field.getKey().toUpperCase(Locale.ROOT), path, item, operation));
        } else if (OTHER_METHODS.contains(field.getKey())) {
          notes.add(
              field.getKey().toUpperCase(Locale.ROOT)
                  + " "
                  + path
                  + " is left out: no tool calls with this method");
        }
      }
    } catch (Unfit e) {
      notes.add(path + " is left out: it " + e.why());
    }
  }

  /// An object of the document, its references followed. What is none is empty.
  ObjectNode object(JsonNode node) throws Unfit {
    var seen = new HashSet<String>();
    var at = node;
    while (at.path("$ref").isString()) {
      var ref = at.get("$ref").asString();
      if (!seen.add(ref) || seen.size() > MOST_HOPS) {
        throw new Unfit("has a reference that leads to itself: " + shown(ref));
      }
      at = find(ref);
      if (at.isMissingNode()) {
        throw new Unfit("refers to " + shown(ref) + ", which is not in the document");
      }
    }
    return at instanceof ObjectNode object ? object : Json.object();
  }

  /// What a reference means; missing when it leads nowhere.
  ///
  /// @throws Unfit when it leads out of the document: nothing is ever fetched or opened for one
  JsonNode find(String ref) throws Unfit {
    if (!ref.startsWith("#")) {
      throw new Unfit(
          "refers to "
              + shown(ref)
              + ", outside of the document: bundle it into one document first");
    }
    try {
      var pointer = URLDecoder.decode(ref.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
      return root.at(JsonPointer.compile(pointer));
    } catch (IllegalArgumentException _) {
      throw new Unfit("has a reference that is no JSON Pointer: " + shown(ref));
    }
  }

  static String shown(String ref) {
    return ref.length() <= 200 ? ref : ref.substring(0, 200) + "…";
  }
}
