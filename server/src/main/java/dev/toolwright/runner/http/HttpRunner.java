package dev.toolwright.runner.http;

import dev.toolwright.database.Database;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressResponse;
import dev.toolwright.expression.Template;
import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import dev.toolwright.json.SchemaExample;
import dev.toolwright.run.Effect;
import dev.toolwright.tool.Auth;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Runner;
import dev.toolwright.tool.Tool;
import dev.toolwright.vault.Redaction;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.SecretUnreadable;
import dev.toolwright.vault.Vault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// Runs `api_endpoint` tools: fills the request, sends it through the egress, and judges what came
/// back. The secret is put in last and only ever sent to the tool's own origin; whatever the remote
/// answers is scrubbed of it.
public final class HttpRunner implements Runner {
  private static final int MAX_RESPONSE = 1 << 20;
  private static final int EXCERPT = 500;
  private static final Duration DEFAULT_RETRY_AFTER = Duration.ofSeconds(1);
  static final Set<String> WITHOUT_BODY = Set.of("GET", "HEAD", "DELETE");

  private final Egress egress;
  private final Vault vault;
  private final Database database;

  public HttpRunner(Egress egress, Vault vault, Database database) {
    this.egress = egress;
    this.vault = vault;
    this.database = database;
  }

  @Override
  public Class<? extends Config> runs() {
    return Config.HttpApi.class;
  }

  @Override
  public Config check(Config config, Fields in) {
    HttpCheck.check((Config.HttpApi) config, in);
    return config;
  }

  /// A place in the URL's path without a value that can stand there: no request can be made of it.
  @Override
  public Optional<Outcome.Invalid> refused(Tool tool, ObjectNode arguments) {
    var api = (Config.HttpApi) tool.content().config();
    var url = UrlTemplate.parse(api.url()).template();
    if (url == null || url.fill(arguments::get, List.of()).isPresent()) {
      return Optional.empty();
    }
    var faults =
        url.pathPlaces().stream()
            .filter(place -> !UrlTemplate.fitsPath(arguments.get(place)))
            .map(place -> place + " is part of the URL's path: it must not be empty, . or ..")
            .toList();
    return Optional.of(
        new Outcome.Invalid(
            faults.isEmpty() ? List.of("the arguments do not make a URL") : faults,
            example(tool.content().parametersSchema(), url.pathPlaces())));
  }

  /// Arguments that fit the schema and fill these places.
  private static JsonNode example(ObjectNode schema, Set<String> places) {
    if (SchemaExample.of(schema) instanceof ObjectNode example) {
      for (var place : places) {
        if (!UrlTemplate.fitsPath(example.get(place))) {
          var declared = SchemaExample.of(schema.path("properties").path(place));
          example.set(
              place,
              !declared.isContainer() && UrlTemplate.fitsPath(declared)
                  ? declared
                  : StringNode.valueOf("example"));
        }
      }
      return example;
    }
    return Json.object();
  }

  @Override
  public Outcome run(Invocation call) throws InterruptedException {
    var api = (Config.HttpApi) call.tool().content().config();
    Optional<Secret> secret;
    try {
      secret = secret(call.tool().workspaceId(), api.auth());
    } catch (SecretUnreadable _) {
      return new Outcome.Failed(
          "execution_error",
          "The tool's stored credential cannot be read; save it again",
          null,
          false);
    }
    var redaction = secret.map(s -> Redaction.of(List.of(s))).orElse(Redaction.none());
    var request = request(call, api, secret.orElse(null));
    if (request.isEmpty()) {
      // Whoever calls a tool asks [#refused] first.
      throw new IllegalStateException("the arguments do not make a URL");
    }
    try {
      return judged(egress.send(request.get()), api, redaction);
    } catch (EgressException e) {
      return failed(e, call, request.get(), redaction);
    }
  }

  private Optional<Secret> secret(String workspaceId, Auth auth) {
    return switch (auth) {
      case Auth.None _ -> Optional.empty();
      case Auth.Bearer(var id) ->
          Optional.of(database.direct(tx -> vault.open(tx, workspaceId, id)));
    };
  }

  private Optional<EgressRequest> request(
      Invocation call, Config.HttpApi api, @Nullable Secret secret) {
    var url = UrlTemplate.parse(api.url()).template();
    if (url == null) {
      return Optional.empty();
    }
    var used = new HashSet<>(url.places());
    var headers = headers(call, api, used);
    var withBody = !WITHOUT_BODY.contains(api.method());
    var body =
        withBody && api.body() instanceof ObjectNode template
            ? filled(template, call.arguments(), used)
            : Json.object();
    var rest = new ArrayList<Map.Entry<String, JsonNode>>();
    for (var argument : call.arguments().properties()) {
      if (!used.contains(argument.getKey())) {
        rest.add(argument);
      }
    }
    if (withBody) {
      rest.forEach(argument -> body.set(argument.getKey(), argument.getValue()));
      headers.putIfAbsent("Content-Type", "application/json");
    }
    if (secret != null) {
      headers.put("Authorization", "Bearer " + secret.reveal());
    }
    return url.fill(call.arguments()::get, withBody ? List.of() : rest)
        .map(uri ->
            new EgressRequest(
                api.method(),
                uri,
                headers,
                withBody ? Json.bytes(body) : null,
                call.timeout(),
                MAX_RESPONSE));
  }

  private static Map<String, String> headers(
      Invocation call, Config.HttpApi api, Set<String> used) {
    // Whatever case an author writes, a name is sent once, and the server's own value wins.
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    headers.put("Accept", "application/json, text/*;q=0.9, */*;q=0.1");
    api.headers()
        .forEach((name, value) -> {
          // The body is always JSON; a GET has none, whatever its author wrote.
          if (!name.equalsIgnoreCase("content-type")) {
            headers.put(name, filledText(value, call.arguments(), used));
          }
        });
    if (call.tool().content().behavior().effect() != Effect.NONE) {
      headers.put("Idempotency-Key", call.idempotencyKey());
    }
    return headers;
  }

  /// A JSON body with its places filled: a text that is nothing but a place keeps the value's type.
  private static ObjectNode filled(ObjectNode template, ObjectNode arguments, Set<String> used) {
    var filled = Json.object();
    for (var field : template.properties()) {
      filled.set(field.getKey(), filledNode(field.getValue(), arguments, used));
    }
    return filled;
  }

  private static @Nullable JsonNode filledNode(
      JsonNode template, ObjectNode arguments, Set<String> used) {
    if (template instanceof ObjectNode object) {
      return filled(object, arguments, used);
    }
    if (template.isArray()) {
      var list = Json.array();
      template.forEach(item -> list.add(filledNode(item, arguments, used)));
      return list;
    }
    if (!template.isString()) {
      return template;
    }
    var parts = Template.parse(template.asString(), false).parts();
    if (parts.size() == 1 && parts.getFirst() instanceof Template.Part.Place(var name)) {
      used.add(name);
      return arguments.get(name);
    }
    return StringNode.valueOf(filledText(template.asString(), arguments, used));
  }

  private static String filledText(String text, ObjectNode arguments, Set<String> used) {
    var filled = new StringBuilder();
    for (var part : Template.parse(text, false).parts()) {
      switch (part) {
        case Template.Part.Literal(var literal) -> filled.append(literal);
        case Template.Part.Place(var name) -> {
          used.add(name);
          var value = arguments.get(name);
          filled.append(
              value == null || value.isNull()
                  ? ""
                  : value.isContainer() ? Json.write(value) : value.asString());
        }
      }
    }
    return filled.toString();
  }

  private static Outcome judged(EgressResponse response, Config.HttpApi api, Redaction redaction) {
    var value = redaction.json(body(response));
    if (response.status() >= 200 && response.status() < 300) {
      return new Outcome.Succeeded(value);
    }
    var excerpt = value.isString() ? value.asString() : Json.write(value);
    var message =
        "%s answered %d: %s"
            .formatted(
                host(api.url()),
                response.status(),
                excerpt.length() <= EXCERPT ? excerpt : excerpt.substring(0, EXCERPT) + "…");
    return response.status() == 429 || response.status() == 503
        ? new Outcome.Limited(message, retryAfter(response))
        : new Outcome.Failed(
            "remote_error", message, null, response.status() == 502 || response.status() == 504);
  }

  private static Duration retryAfter(EgressResponse response) {
    return response
        .header("retry-after")
        .filter(text -> text.matches("\\d{1,6}"))
        .map(text -> Duration.ofSeconds(Long.parseLong(text)))
        .orElse(DEFAULT_RETRY_AFTER);
  }

  private static JsonNode body(EgressResponse response) {
    if (response.body().length == 0) {
      return StringNode.valueOf("");
    }
    try {
      return Json.parse(response.body());
    } catch (MalformedJson _) {
      return StringNode.valueOf(new String(response.body(), StandardCharsets.UTF_8));
    }
  }

  private static String host(String url) {
    var rest = url.substring(url.indexOf("://") + 3);
    var end = rest.indexOf('/');
    return end < 0 ? rest : rest.substring(0, end);
  }

  private static Outcome failed(
      EgressException e, Invocation call, EgressRequest request, Redaction redaction) {
    var effect = call.tool().content().behavior().effect();
    if (e.sent() && effect == Effect.ONCE && e.kind() != EgressException.Kind.TOO_LARGE) {
      return new Outcome.Unknown(
          "The request was sent and no answer came: it may or may not have taken effect",
          sent(call, request, redaction));
    }
    return switch (e.kind()) {
      case DENIED -> new Outcome.Denied(why(e));
      case TIMEOUT ->
          new Outcome.TimedOut("The remote did not answer within the timeout of the tool");
      case UNREACHABLE, BROKEN -> new Outcome.Failed("remote_error", why(e), null, true);
      case TOO_LARGE -> new Outcome.Failed("remote_error", why(e), null, false);
    };
  }

  private static String why(EgressException e) {
    return String.valueOf(e.getMessage());
  }

  private static JsonNode sent(Invocation call, EgressRequest request, Redaction redaction) {
    return redaction.json(
        Json.object()
            .put("method", request.method())
            .put("url", request.uri().toString())
            .put("idempotency_key", call.idempotencyKey())
            .set("arguments", call.arguments()));
  }
}
