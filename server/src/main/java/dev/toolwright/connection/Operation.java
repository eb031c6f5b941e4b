package dev.toolwright.connection;

import dev.toolwright.expression.Template;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One HTTP request with places for values: `{{name}}` anywhere, in the URL's path and query also
/// `{name}`. Values are encoded for their place and never looked at for places again.
///
/// @param method in capitals
/// @param url absolute, or appended to the base of a connection
/// @param query pairs beside those of the URL; one whose place has no value is left out
/// @param headers over those of the connection
/// @param body merged under the arguments that fill no place; null: only those. A text such as
///   `{{list}}` instead of an object: that argument is the whole body
/// @param bodyFormat how a body is written
/// @param answer what of the remote's answer counts, and is given back
public record Operation(
    String method,
    String url,
    Map<String, String> query,
    Map<String, String> headers,
    @Nullable JsonNode body,
    BodyFormat bodyFormat,
    Answer answer) {
  public Operation {
    method = method.toUpperCase(Locale.ROOT);
    query = query == null ? Map.of() : Map.copyOf(query);
    headers = headers == null ? Map.of() : Map.copyOf(headers);
    body = body != null && body.isNull() ? null : body;
    bodyFormat = bodyFormat == null ? BodyFormat.JSON : bodyFormat;
    answer = answer == null ? Answer.WHOLE : answer;
  }

  public static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");

  /// Reads the fields `url`, `method`, `query`, `headers`, `body`, `body_format` and `response`.
  ///
  /// @param urlRequired false: it may be left out, for the base of a connection itself
  public static Operation read(Fields in, boolean urlRequired) {
    var url = urlRequired ? in.requiredText("url", 1, 4_000) : in.text("url", 4_000, "");
    var method = in.text("method", 10, "GET").toUpperCase(Locale.ROOT);
    if (!METHODS.contains(method)) {
      in.fault("method", "must be one of " + String.join(", ", METHODS));
    }
    var format = in.choice("body_format", List.of("json", "form", "multipart"));
    return new Operation(
        method,
        url,
        texts(in, "query"),
        texts(in, "headers"),
        in.object("body"),
        format == null ? BodyFormat.JSON : BodyFormat.of(format),
        answer(in.nested("response")));
  }

  /// An object of texts. Numbers and booleans are taken as they would be written.
  public static Map<String, String> texts(Fields in, String name) {
    var texts = new TreeMap<String, String>();
    var sent = in.object(name);
    if (sent != null) {
      for (var field : sent.properties()) {
        if (field.getValue().isValueNode() && !field.getValue().isNull()) {
          texts.put(field.getKey(), field.getValue().asString());
        } else {
          in.fault(name + "." + field.getKey(), "must be a text");
        }
      }
    }
    return texts;
  }

  private static Answer answer(@Nullable Fields in) {
    if (in == null) {
      return Answer.WHOLE;
    }
    var codes = in.any("success_codes");
    var success = new ArrayList<Integer>();
    if (codes != null) {
      codes.forEach(code -> success.add(code.asInt(0)));
      if (!codes.isArray() || success.stream().anyMatch(code -> code < 100 || code > 599)) {
        in.fault("success_codes", "must be a list of HTTP status codes");
      }
    }
    var answer = new Answer(in.text("pointer", 1_000), in.text("jmespath", 4_000), success);
    if (answer.pointer() != null && answer.jmespath() != null) {
      in.fault("jmespath", "goes not together with pointer");
    }
    return answer;
  }

  /// As [#read] reads it.
  public ObjectNode shown() {
    var shown = Json.object().put("url", url).put("method", method);
    shown.set("headers", Json.tree(new TreeMap<>(headers)));
    if (!query.isEmpty()) {
      shown.set("query", Json.tree(new TreeMap<>(query)));
    }
    if (body != null) {
      shown.set("body", body);
    }
    if (hasBody()) {
      shown.put("body_format", bodyFormat.key());
    }
    if (!answer.equals(Answer.WHOLE)) {
      var response = shown.putObject("response");
      if (answer.pointer() != null) {
        response.put("pointer", answer.pointer());
      }
      if (answer.jmespath() != null) {
        response.put("jmespath", answer.jmespath());
      }
      if (!answer.successCodes().isEmpty()) {
        response.set("success_codes", Json.tree(answer.successCodes()));
      }
    }
    return shown;
  }

  /// The schema of its arguments as its places tell: texts, except in the body, where any value can
  /// stand; those of the path are required.
  public ObjectNode impliedParameters() {
    var schema = Json.object().put("type", "object");
    var properties = schema.putObject("properties");
    var texts = new LinkedHashSet<>(Template.parse(url, true).places());
    query.values().forEach(value -> texts.addAll(Template.parse(value, false).places()));
    headers.values().forEach(value -> texts.addAll(Template.parse(value, false).places()));
    texts.forEach(place -> properties.putObject(place).put("type", "string"));
    if (body != null) {
      var values = new LinkedHashSet<String>();
      places(body, values);
      values.stream().filter(place -> !properties.has(place)).forEach(properties::putObject);
    }
    Auth.PLACES.forEach(properties::remove);
    pathPlaces().forEach(schema.putArray("required")::add);
    return schema;
  }

  /// Those without which there is no path.
  private Set<String> pathPlaces() {
    var end = url.indexOf('?');
    var places =
        new LinkedHashSet<>(Template.parse(end < 0 ? url : url.substring(0, end), true).places());
    places.removeAll(Auth.PLACES);
    return places;
  }

  private static void places(JsonNode node, Set<String> into) {
    if (node.isContainer()) {
      node.forEach(item -> places(item, into));
    } else if (node.isString()) {
      into.addAll(Template.parse(node.asString(), false).places());
    }
  }

  /// Whether it sends a body; arguments without a place go there, otherwise to the query.
  public boolean hasBody() {
    return switch (method) {
      case "GET", "HEAD", "DELETE" -> false;
      default -> true;
    };
  }

  public enum BodyFormat {
    JSON,
    /// `application/x-www-form-urlencoded`
    FORM,
    /// `multipart/form-data`
    MULTIPART;

    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static BodyFormat of(String key) {
      return valueOf(key.toUpperCase(Locale.ROOT));
    }
  }

  /// @param pointer JSON Pointer (RFC 6901) of the part to give back; null: all of it
  /// @param jmespath expression whose value is given back; null: none
  /// @param successCodes empty: 200 to 299
  public record Answer(
      @Nullable String pointer, @Nullable String jmespath, List<Integer> successCodes) {
    public static final Answer WHOLE = new Answer(null, null, List.of());

    public Answer {
      successCodes = successCodes == null ? List.of() : List.copyOf(successCodes);
    }

    public boolean isSuccess(int status) {
      return successCodes.isEmpty() ? status >= 200 && status < 300 : successCodes.contains(status);
    }
  }
}
