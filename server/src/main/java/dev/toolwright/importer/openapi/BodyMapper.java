package dev.toolwright.importer.openapi;

import dev.toolwright.connection.Operation.BodyFormat;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// Makes arguments of a request's body: of each property one, or of the whole body one where it is
/// more than a list of properties.
final class BodyMapper {
  private static final List<String> COMBINATORS =
      List.of("oneOf", "anyOf", "allOf", "not", "if", "patternProperties", "dependentSchemas");

  private final SchemaMapper schemas;
  private final ArgumentList arguments;
  private final Set<String> warnings;
  private @Nullable JsonNode template;
  private BodyFormat format = BodyFormat.JSON;

  BodyMapper(SchemaMapper schemas, ArgumentList arguments, Set<String> warnings) {
    this.schemas = schemas;
    this.arguments = arguments;
    this.warnings = warnings;
  }

  /// What the arguments fill; null: they are the body.
  @Nullable JsonNode template() {
    return template;
  }

  BodyFormat format() {
    return format;
  }

  /// @param given a request body of the document
  void map(ObjectNode given) throws Unfit {
    var media = media(given);
    if (media == null) {
      return;
    }
    var schema = schemas.mapped(media.getValue().path("schema"));
    SchemaMapper.direct(schema, "readOnly");
    arguments.declareBody(schema);
    if (isFlat(schema)) {
      flat(schema, media.getValue().path("encoding"));
    } else if (format == BodyFormat.JSON) {
      var isRequired = given.path("required").asBoolean(false);
      var argument = arguments.add("json", "body", schema, isRequired);
      template = StringNode.valueOf("{{" + argument + "}}");
    } else {
      // A form of which nothing is said takes any fields.
      arguments.others(Json.tree(true));
    }
  }

  /// The kind of body that is sent, JSON before forms; null: none is described.
  private Map.@Nullable Entry<String, JsonNode> media(ObjectNode given) throws Unfit {
    Map.Entry<String, JsonNode> form = null;
    for (var one : given.path("content").properties()) {
      var type = mediaType(one.getKey());
      if (isJson(type)) {
        if (!type.equals("application/json") && !type.contains("*")) {
          warnings.add("The body is sent as application/json, not as " + Document.shown(type));
        }
        return one;
      }
      if (type.equals("application/x-www-form-urlencoded")
          || (type.equals("multipart/form-data") && form == null)) {
        form = one;
      }
    }
    if (form == null && !given.path("content").isEmpty()) {
      throw new Unfit(
          "Sends a body of a type that tools cannot: "
              + Document.shown(String.join(", ", given.path("content").propertyNames())));
    }
    if (form != null) {
      var isMultipart = mediaType(form.getKey()).startsWith("multipart");
      format = isMultipart ? BodyFormat.MULTIPART : BodyFormat.FORM;
    }
    return form;
  }

  private static boolean isFlat(ObjectNode schema) {
    return schema.path("properties").isObject()
        && !schema.path("properties").isEmpty()
        && (!schema.has("type") || schema.get("type").toString().contains("object"))
        && COMBINATORS.stream().noneMatch(schema::has);
  }

  /// A property whose name is taken, or fits no argument, has a place in the template; the others
  /// go into the body by themselves.
  private void flat(ObjectNode schema, JsonNode encoding) {
    var places = Json.object();
    var demanded = new ArrayList<String>();
    schema.path("required").forEach(name -> demanded.add(name.asString("")));
    for (var property : schema.path("properties").properties()) {
      var name = property.getKey();
      var value = property.getValue();
      if (format == BodyFormat.FORM && isDeep(encoding.path(name)) && value.has("properties")) {
        for (var inner : value.path("properties").properties()) {
          var sent = name + "[" + inner.getKey() + "]";
          places.put(sent, "{{" + arguments.add("body", sent, inner.getValue(), false) + "}}");
        }
        continue;
      }
      var fitted = format == BodyFormat.MULTIPART ? FileArguments.inside(value) : value;
      var argument = arguments.add("body", name, fitted, demanded.contains(name));
      if (!argument.equals(name)) {
        places.put(name, "{{" + argument + "}}");
      }
    }
    if (!places.isEmpty()) {
      template = places;
    }
    if (schema.has("additionalProperties")) {
      arguments.others(schema.get("additionalProperties"));
    }
  }

  private static boolean isDeep(JsonNode encoding) {
    return encoding.path("style").asString("").equals("deepObject");
  }

  static boolean isJson(String mediaType) {
    var type = mediaType(mediaType);
    return type.equals("application/json")
        || type.equals("*/*")
        || type.equals("application/*")
        || (type.startsWith("application/") && type.endsWith("+json"));
  }

  private static String mediaType(String name) {
    return name.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
  }
}
