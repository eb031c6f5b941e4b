package dev.toolwright.importer.openapi;

import dev.toolwright.connection.Operation;
import dev.toolwright.connection.Operation.Answer;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.importer.openapi.Document.Source;
import dev.toolwright.json.Json;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/// Makes one request of an operation, and one flat schema of its arguments: first those of the
/// path, then of the query, of the headers, and of the body.
final class RequestMapper {
  private static final Pattern PLACE = Pattern.compile("\\{([^{}/]*)\\}");
  private static final List<String> PLACES = List.of("path", "query", "header");

  /// Headers that are no parameters: others decide them.
  private static final Set<String> DECIDED =
      Set.of("accept", "content-type", "authorization", "cookie", "idempotency-key");

  private static final Map<String, String> SEPARATORS =
      Map.of("spaceDelimited", "spaces", "pipeDelimited", "|");

  private final Document document;
  private final SchemaMapper schemas;
  private final Security security;
  private final Source source;
  private final String url;
  private final Set<String> warnings;
  private final ArgumentList arguments = new ArgumentList();
  private final Map<String, String> path = new LinkedHashMap<>();
  private final Map<String, String> query = new LinkedHashMap<>();
  private final Map<String, String> headers = new LinkedHashMap<>();

  /// @param url address of the operation, relative to that of the connection or absolute
  RequestMapper(
      Document document,
      SchemaMapper schemas,
      Security security,
      Source source,
      String url,
      Set<String> warnings) {
    this.document = document;
    this.schemas = schemas;
    this.security = security;
    this.source = source;
    this.url = url;
    this.warnings = warnings;
  }

  Operation operation() throws Unfit {
    var all = given();
    for (var place : PLACES) {
      for (var parameter : all) {
        if (parameter.path("in").asString("").equals(place)) {
          parameter(place, parameter);
        }
      }
    }
    undeclared();
    var body = new BodyMapper(schemas, arguments, warnings);
    var given = document.object(source.operation().path("requestBody"));
    if (!given.isEmpty() && source.method().matches("POST|PUT|PATCH")) {
      body.map(given);
    } else if (!given.isEmpty()) {
      warnings.add("The body is left out: " + source.method() + " sends none");
    }
    return new Operation(
        source.method(),
        PLACE.matcher(url).replaceAll(found -> "{" + path.get(found.group(1)) + "}"),
        query,
        headers,
        body.template(),
        body.format(),
        Answer.WHOLE);
  }

  ArgumentList arguments() {
    return arguments;
  }

  /// The path's parameters, and the operation's own, which replace them.
  private Collection<ObjectNode> given() throws Unfit {
    var all = new LinkedHashMap<String, ObjectNode>();
    for (var list : List.of(source.item(), source.operation())) {
      for (var one : list.path("parameters")) {
        var parameter = document.object(one);
        var in = parameter.path("in").asString("");
        all.put(in + " " + parameter.path("name").asString(""), parameter);
        if (in.equals("cookie")) {
          cookie(parameter);
        }
      }
    }
    return all.values();
  }

  private void cookie(ObjectNode parameter) throws Unfit {
    var name = Document.shown(parameter.path("name").asString(""));
    if (parameter.path("required").asBoolean(false)) {
      throw new Unfit("Needs the cookie " + name + ", and requests of tools carry no cookies");
    }
    warnings.add("The cookie " + name + " is never sent");
  }

  private void parameter(String place, ObjectNode parameter) throws Unfit {
    var name = parameter.path("name").asString("");
    if (isDecided(place, name)) {
      return;
    }
    var schema = schema(parameter);
    if (place.equals("query") && isExploded(parameter, schema)) {
      spread(name, schema, parameter.path("style").asString("").equals("deepObject"));
      return;
    }
    join(place, parameter, schema);
    var isRequired = place.equals("path") || parameter.path("required").asBoolean(false);
    var argument = arguments.add(place, name, schema, isRequired);
    switch (place) {
      case "path" -> {
        path.put(name, argument);
        arguments.declare("pathParams", name, schema, true);
      }
      case "query" -> {
        query.put(name, "{{" + argument + "}}");
        arguments.declare("queryParams", name, schema, isRequired);
      }
      default -> headers.put(name, "{{" + argument + "}}");
    }
  }

  /// Whether a parameter is none of the model's business.
  private boolean isDecided(String place, String name) {
    if (security.covers(place, name)) {
      warnings.add("The connection's credential is sent as " + name + ": it is no argument");
      return true;
    }
    if (place.equals("path") && !url.contains("{" + name + "}")) {
      warnings.add("The parameter " + Document.shown(name) + " does not occur in the path");
      return true;
    }
    if (place.equals("header") && !mayBeSent(name)) {
      warnings.add("The header " + Document.shown(name) + " is not the caller's to set");
      return true;
    }
    return false;
  }

  private static boolean mayBeSent(String header) {
    return header.length() <= 100
        && EgressRequest.isHeader(header)
        && EgressRequest.mayBeSet(header)
        && !DECIDED.contains(header.toLowerCase(Locale.ROOT));
  }

  private ObjectNode schema(ObjectNode parameter) throws Unfit {
    var given = parameter.path("schema");
    for (var content : parameter.path("content").properties()) {
      given = content.getValue().path("schema");
    }
    var schema =
        given.isMissingNode() ? Json.object().put("type", "string") : schemas.mapped(given);
    var said = parameter.path("description").asString("");
    if (!said.isBlank()) {
      var told = schema.path("description").asString("");
      var byDefault = told.lastIndexOf("Default: ");
      schema.put(
          "description",
          SchemaMapper.text(said)
              + (byDefault < 0 || said.contains("efault") ? "" : " " + told.substring(byDefault)));
    }
    if (parameter.path("deprecated").asBoolean(false)) {
      schema.put("deprecated", true);
    }
    SchemaMapper.direct(schema, "readOnly");
    return schema;
  }

  /// Whether an object's properties are parameters of their own.
  private static boolean isExploded(ObjectNode parameter, ObjectNode schema) {
    var style = parameter.path("style").asString("form");
    var explode = parameter.path("explode").asBoolean(style.equals("form"));
    return !schema.path("properties").isEmpty()
        && !parameter.has("content")
        && (style.equals("deepObject") || (style.equals("form") && explode));
  }

  /// `filter` with the properties `a` and `b` as `filter[a]` and `filter[b]`, or as `a` and `b`.
  private void spread(String name, ObjectNode schema, boolean deep) {
    for (var property : schema.path("properties").properties()) {
      var sent = deep ? name + "[" + property.getKey() + "]" : property.getKey();
      var argument = arguments.add("query", sent, property.getValue(), false);
      arguments.declare("queryParams", sent, property.getValue(), false);
      query.put(sent, "{{" + argument + "}}");
    }
  }

  /// A list that is sent as one text is one text to the model too.
  private void join(String place, ObjectNode parameter, ObjectNode schema) {
    var style = parameter.path("style").asString(place.equals("query") ? "form" : "simple");
    var explode = parameter.path("explode").asBoolean(style.equals("form"));
    if (style.equals("label") || style.equals("matrix")) {
      warnings.add("The style " + style + " is not supported: a value is sent as it is");
    }
    if (!schema.path("type").asString("").equals("array") || (place.equals("query") && explode)) {
      return;
    }
    var said = schema.path("description").asString("");
    schema.removeAll();
    schema
        .put("type", "string")
        .put(
            "description",
            (said.isEmpty() ? "" : said + (said.endsWith(".") ? " " : ". "))
                + "Several values are separated by "
                + SEPARATORS.getOrDefault(style, "commas")
                + ".");
  }

  /// Places of the path that no parameter declares.
  private void undeclared() {
    var found = PLACE.matcher(url);
    while (found.find()) {
      var name = found.group(1);
      if (!path.containsKey(name)) {
        var schema = Json.object().put("type", "string");
        var argument = arguments.add("path", name, schema, true);
        arguments.declare("pathParams", name, schema, true);
        path.put(name, argument);
        warnings.add(
            "The path's " + Document.shown(name) + " is not declared; it is taken as a text");
      }
    }
  }
}
