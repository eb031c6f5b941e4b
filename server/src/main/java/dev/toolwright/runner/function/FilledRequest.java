package dev.toolwright.runner.function;

import dev.toolwright.egress.EgressRequest;
import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// A request with its secrets in it: in headers, in the query and in the body, each encoded for its
/// place. No secret has a say in where the request goes.
final class FilledRequest {
  private static final int MAX_RESPONSE = 1 << 20;
  private static final Pattern ADDRESS =
      Pattern.compile("(?i)(https?://[^/?#]*)([^?#]*)(\\?[^#]*)?");
  private static final Pattern JSON =
      Pattern.compile("(?i)\\s*application/([\\w.+-]+\\+)?json\\b.*");
  private static final Pattern FORM =
      Pattern.compile("(?i)\\s*application/x-www-form-urlencoded\\b.*");

  private final FetchRequest request;
  private final Placeholders places;
  private final Map<String, Secret> secrets;

  FilledRequest(FetchRequest request, Placeholders places, Map<String, Secret> secrets) {
    this.request = request;
    this.places = places;
    this.secrets = secrets;
  }

  /// @param key to be sent as `Idempotency-Key`, whatever the code says; null: none
  EgressRequest egress(@Nullable String key, Duration left) throws FetchRefused {
    var headers = headers(key);
    var body = body(headers);
    if (body != null && (request.method().equals("GET") || request.method().equals("HEAD"))) {
      throw new FetchRefused("A " + request.method() + " request has no body");
    }
    var wanted = request.timeout();
    return new EgressRequest(
        request.method(),
        uri(),
        headers,
        body,
        wanted != null && wanted.compareTo(left) < 0 ? wanted : left,
        MAX_RESPONSE);
  }

  private URI uri() throws FetchRefused {
    var parts = ADDRESS.matcher(request.url().split("#", 2)[0]);
    if (!parts.matches()) {
      throw new FetchRefused("The address of a request must begin with https:// or http://");
    }
    if (places.occurIn(parts.group(1)) || places.occurIn(parts.group(2))) {
      throw new FetchRefused(
          "A secret may stand in the headers, the query and the body of a request, not in its host"
              + " or path");
    }
    var query = new ArrayList<String>();
    if (parts.group(3) != null && parts.group(3).length() > 1) {
      var written = UrlTemplate.safe(parts.group(3).substring(1));
      query.add(whole(filled(written, UrlTemplate::encoded)));
    }
    for (var pair : request.params()) {
      query.add(encoded(pair));
    }
    var address = parts.group(1) + UrlTemplate.safe(parts.group(2));
    try {
      return new URI(query.isEmpty() ? address : address + "?" + String.join("&", query));
    } catch (URISyntaxException e) {
      throw new FetchRefused("The address of the request is not valid");
    }
  }

  private Map<String, String> headers(@Nullable String key) throws FetchRefused {
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    headers.put("Accept", "*/*");
    if (!request.auth().isEmpty()) {
      var user = whole(filled(request.auth().get(0), UnaryOperator.identity()));
      var password = whole(filled(request.auth().get(1), UnaryOperator.identity()));
      var both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
      headers.put("Authorization", "Basic " + Base64.getEncoder().encodeToString(both));
    }
    for (var header : request.headers().entrySet()) {
      headers.put(header.getKey(), header(header.getKey(), header.getValue()));
    }
    if (key != null) {
      headers.put("Idempotency-Key", key);
    }
    return headers;
  }

  private String header(String name, String value) throws FetchRefused {
    if (!EgressRequest.isHeader(name) || name.length() > 100) {
      throw new FetchRefused("A header of the request has no valid name");
    }
    if (!EgressRequest.mayBeSet(name)) {
      throw new FetchRefused("The header " + name + " is set by the server");
    }
    var filled = whole(filled(value, UnaryOperator.identity()));
    if (!EgressRequest.isHeaderValue(filled)) {
      throw new FetchRefused("The value of the header " + name + " must be printable ASCII");
    }
    return filled;
  }

  private byte @Nullable [] body(Map<String, String> headers) throws FetchRefused {
    return switch (request.body()) {
      case FetchRequest.Body.None _ -> null;
      case FetchRequest.Body.Binary(var bytes) -> {
        headers.putIfAbsent("Content-Type", "application/octet-stream");
        yield bytes;
      }
      case FetchRequest.Body.Document(var json) -> {
        headers.putIfAbsent("Content-Type", "application/json");
        yield bytes(Json.write(filled(json)));
      }
      case FetchRequest.Body.Form(var pairs) -> {
        headers.putIfAbsent("Content-Type", "application/x-www-form-urlencoded");
        var encoded = new ArrayList<String>();
        for (var pair : pairs) {
          encoded.add(encoded(pair));
        }
        yield bytes(String.join("&", encoded));
      }
      case FetchRequest.Body.Text(var text) -> {
        headers.putIfAbsent("Content-Type", "text/plain; charset=UTF-8");
        yield bytes(filled(text, encoding(headers.getOrDefault("Content-Type", ""))));
      }
    };
  }

  private byte[] bytes(String text) throws FetchRefused {
    return whole(text).getBytes(StandardCharsets.UTF_8);
  }

  /// How a value stands in a text of this type.
  private static UnaryOperator<String> encoding(String type) {
    if (JSON.matcher(type).matches()) {
      return value -> {
        var quoted = Json.write(value);
        return quoted.substring(1, quoted.length() - 1);
      };
    }
    return FORM.matcher(type).matches() ? UrlTemplate::encoded : UnaryOperator.identity();
  }

  private String encoded(FetchRequest.Pair pair) throws FetchRefused {
    return UrlTemplate.encoded(whole(pair.name()))
        + "="
        + UrlTemplate.encoded(whole(filled(pair.value(), UnaryOperator.identity())));
  }

  private JsonNode filled(JsonNode json) {
    if (json instanceof ObjectNode object) {
      var copy = Json.object();
      object.properties().forEach(field -> copy.set(field.getKey(), filled(field.getValue())));
      return copy;
    }
    if (json.isArray()) {
      var copy = Json.array();
      json.forEach(item -> copy.add(filled(item)));
      return copy;
    }
    return json.isString()
        ? StringNode.valueOf(filled(json.asString(), UnaryOperator.identity()))
        : json;
  }

  private String filled(String text, UnaryOperator<String> encoding) {
    return places.filled(
        text,
        name -> {
          var secret = secrets.get(name);
          // Every name of a place is one of the tool's secrets.
          return secret == null ? "" : encoding.apply(secret.reveal());
        });
  }

  /// The text, if no half of a place is left in it.
  private String whole(String text) throws FetchRefused {
    if (places.occurIn(text)) {
      throw new FetchRefused(
          "A placeholder of a secret in the request is not whole: write it out as {{name}} (as"
              + " {{{{name}}}} in an f-string), and encode or cut nothing of it");
    }
    return text;
  }
}
