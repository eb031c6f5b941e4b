package dev.toolwright.connection;

import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.MultipartBody;
import dev.toolwright.expression.Template;
import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// Makes a request of an [Operation]: arguments and, last, the secrets of the [Login] are filled
/// into places that an author wrote. An argument is data wherever it lands and reaches no secret.
public final class Requests {
  private static final String ACCEPT = "application/json, text/*;q=0.9, */*;q=0.1";

  private final Operation operation;
  private final Login login;
  private final ObjectNode arguments;

  /// Names of arguments that have found a place.
  private final Set<String> used = new HashSet<>();

  private Requests(Operation operation, Login login, ObjectNode arguments) {
    this.operation = operation;
    this.login = login;
    this.arguments = arguments;
  }

  /// @param idempotencyKey null: none is sent
  /// @throws IllegalStateException when the arguments do not make a request: see [#faults]
  public static EgressRequest fill(
      Operation operation,
      Login login,
      ObjectNode arguments,
      @Nullable String idempotencyKey,
      Duration timeout,
      int maxResponseBytes) {
    return new Requests(operation, login, arguments)
        .request(idempotencyKey, timeout, maxResponseBytes);
  }

  /// Why no request can be made of these arguments; empty when one can.
  ///
  /// @param baseUrl of the connection, if there is one
  public static List<String> faults(
      Operation operation, @Nullable String baseUrl, ObjectNode arguments) {
    var login = new Login(new Auth.None(), Map.of(), baseUrl, Map.of());
    return new Requests(operation, login, arguments).faults();
  }

  /// The whole address of an operation, its places unfilled.
  public static String address(@Nullable String baseUrl, String url) {
    if (baseUrl == null || isAbsolute(url)) {
      return url;
    }
    var base = baseUrl.endsWith("/") ? baseUrl.substring(0, baseUrl.length() - 1) : baseUrl;
    return url.isEmpty() || url.startsWith("/") || url.startsWith("?")
        ? base + url
        : base + '/' + url;
  }

  /// Whether an operation has an address of its own that is not at this base: its connection has
  /// moved since it was saved.
  public static boolean leaves(Operation operation, String baseUrl) {
    return isAbsolute(operation.url()) && !origin(operation.url()).equals(origin(baseUrl));
  }

  static boolean isAbsolute(String url) {
    return url.startsWith("http://") || url.startsWith("https://");
  }

  /// Scheme, host and port of an address, as text.
  public static String origin(String url) {
    var path = url.indexOf('/', url.indexOf("://") + 3);
    var query = url.indexOf('?');
    var end = path < 0 ? (query < 0 ? url.length() : query) : path;
    return url.substring(0, end);
  }

  private List<String> faults() {
    var faults = new ArrayList<String>();
    var url = url();
    for (var place : url.pathPlaces()) {
      if (!Auth.PLACES.contains(place) && !UrlTemplate.fitsPath(arguments.get(place))) {
        faults.add(place + " is part of the URL's path: it must not be empty, . or ..");
      }
    }
    for (var header : operation.headers().entrySet()) {
      if (!EgressRequest.isHeaderValue(text(header.getValue()))) {
        faults.add(
            String.join(", ", Template.parse(header.getValue(), false).places())
                + " goes into the header "
                + header.getKey()
                + ": it must hold printable ASCII characters only");
      }
    }
    return faults;
  }

  private UrlTemplate url() {
    return UrlTemplate.parse(address(login.baseUrl(), operation.url())).checked();
  }

  private EgressRequest request(
      @Nullable String idempotencyKey, Duration timeout, int maxResponseBytes) {
    var url = url();
    used.addAll(url.places());
    var headers = headers(idempotencyKey);
    var query = query();
    var body = operation.body() instanceof ObjectNode template ? filled(template) : Json.object();
    var whole = whole();
    var rest =
        arguments.properties().stream().filter(field -> !used.contains(field.getKey())).toList();
    byte[] content = null;
    if (whole.isPresent()) {
      headers.put("Content-Type", "application/json");
      content = Json.bytes(whole.get());
    } else if (operation.hasBody() && !isWhole()) {
      rest.forEach(field -> body.set(field.getKey(), field.getValue()));
      content = content(body, headers);
    } else if (!operation.hasBody()) {
      query.addAll(rest);
    }
    authorize(headers, query);
    var uri =
        url.fill(this::value, query)
            .orElseThrow(() -> new IllegalStateException("the arguments do not make a URL"));
    return new EgressRequest(operation.method(), uri, headers, content, timeout, maxResponseBytes);
  }

  /// Whether one argument is all of the body, such as a list.
  private boolean isWhole() {
    return operation.hasBody() && operation.body() != null && !operation.body().isObject();
  }

  /// That body; empty when it was left out.
  private Optional<JsonNode> whole() {
    return isWhole()
        ? Optional.ofNullable(filledNode(Objects.requireNonNull(operation.body())))
        : Optional.empty();
  }

  /// Whatever case an author writes, a name is sent once, and the server's own value wins.
  private Map<String, String> headers(@Nullable String idempotencyKey) {
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    headers.put("Accept", ACCEPT);
    login.headers().forEach((name, value) -> headers.put(name, text(value)));
    operation
        .headers()
        .forEach((name, value) -> {
          // One that is nothing but an argument that nobody gave is not sent.
          if (filledText(value) != null) {
            headers.put(name, text(value));
          }
        });
    // The body decides it; a GET has none, whatever its author wrote.
    headers.remove("Content-Type");
    if (idempotencyKey != null) {
      headers.put("Idempotency-Key", idempotencyKey);
    }
    return headers;
  }

  private List<Map.Entry<String, JsonNode>> query() {
    var query = new ArrayList<Map.Entry<String, JsonNode>>();
    operation
        .query()
        .forEach((name, template) -> {
          var value = filledText(template);
          if (value != null) {
            query.add(Map.entry(name, value));
          }
        });
    return query;
  }

  private void authorize(Map<String, String> headers, List<Map.Entry<String, JsonNode>> query) {
    switch (login.auth()) {
      case Auth.None _ -> {}
      case Auth.ApiKey key -> {
        var secret = login.secret(Auth.API_KEY);
        if (key.name() != null && secret != null) {
          if (key.in() == Auth.Place.HEADER) {
            headers.put(key.name(), secret.reveal());
          } else {
            query.add(Map.entry(key.name(), StringNode.valueOf(secret.reveal())));
          }
        }
      }
      case Auth.Basic basic -> {
        var password = login.secret(Auth.PASSWORD);
        if (password != null) {
          var pair = basic.username() + ':' + password.reveal();
          headers.put(
              "Authorization",
              "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
        }
      }
      case Auth.Bearer _, Auth.ClientCredentials _, Auth.AuthorizationCode _ -> {
        var token = login.secret(Auth.ACCESS_TOKEN);
        if (token != null) {
          headers.put("Authorization", "Bearer " + token.reveal());
        }
      }
    }
  }

  private byte[] content(ObjectNode body, Map<String, String> headers) {
    return switch (operation.bodyFormat()) {
      case JSON -> {
        headers.put("Content-Type", "application/json");
        yield Json.bytes(body);
      }
      case FORM -> {
        headers.put("Content-Type", "application/x-www-form-urlencoded");
        yield UrlTemplate.form(body.properties()).getBytes(StandardCharsets.US_ASCII);
      }
      case MULTIPART -> {
        var form = MultipartBody.of(body);
        headers.put("Content-Type", form.contentType());
        yield form.content();
      }
    };
  }

  private @Nullable JsonNode value(String name) {
    var secret = Auth.PLACES.contains(name) ? login.secret(name) : null;
    return secret != null ? StringNode.valueOf(secret.reveal()) : arguments.get(name);
  }

  /// A JSON body with its places filled: a text that is nothing but a place keeps the value's type;
  /// one without a value is left out.
  private ObjectNode filled(ObjectNode template) {
    var filled = Json.object();
    for (var field : template.properties()) {
      var value = filledNode(field.getValue());
      if (value != null) {
        filled.set(field.getKey(), value);
      }
    }
    return filled;
  }

  private @Nullable JsonNode filledNode(JsonNode template) {
    if (template instanceof ObjectNode object) {
      return filled(object);
    }
    if (template.isArray()) {
      var list = Json.array();
      template.forEach(item -> {
        var value = filledNode(item);
        if (value != null) {
          list.add(value);
        }
      });
      return list;
    }
    return template.isString() ? filledText(template.asString()) : template;
  }

  /// The value itself when the text is nothing but its place; null when that has none.
  private @Nullable JsonNode filledText(String text) {
    var parts = Template.parse(text, false).parts();
    if (parts.size() == 1 && parts.getFirst() instanceof Template.Part.Place(var name)) {
      used.add(name);
      return value(name);
    }
    return StringNode.valueOf(text(text));
  }

  private String text(String text) {
    var filled = new StringBuilder();
    for (var part : Template.parse(text, false).parts()) {
      switch (part) {
        case Template.Part.Literal(var literal) -> filled.append(literal);
        case Template.Part.Place(var name) -> {
          used.add(name);
          var value = value(name);
          filled.append(
              value == null || value.isNull()
                  ? ""
                  : value.isContainer() ? Json.write(value) : value.asString());
        }
      }
    }
    return filled.toString();
  }
}
