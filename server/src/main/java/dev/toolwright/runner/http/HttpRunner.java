package dev.toolwright.runner.http;

import dev.toolwright.account.Caller;
import dev.toolwright.connection.Connection;
import dev.toolwright.connection.Connections;
import dev.toolwright.connection.Login;
import dev.toolwright.connection.LoginRefused;
import dev.toolwright.connection.Logins;
import dev.toolwright.connection.OperationCheck;
import dev.toolwright.connection.Requests;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressResponse;
import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.json.SchemaExample;
import dev.toolwright.limit.RateLimits;
import dev.toolwright.run.Effect;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Runner;
import dev.toolwright.tool.Tool;
import dev.toolwright.vault.Redaction;
import dev.toolwright.vault.SecretUnreadable;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// Runs `api_endpoint` tools: fills the request, sends it through the egress, and judges what came
/// back. Secrets are put in last and only ever sent to their own origin; whatever the remote
/// answers is scrubbed of them.
public final class HttpRunner implements Runner {
  private static final int MAX_RESPONSE = 1 << 20;

  private final Egress egress;
  private final Logins logins;
  private final Connections connections;
  private final RateLimits limits;
  private final InstantSource clock;
  private final Map<String, Semaphore> slots = new ConcurrentHashMap<>();

  public HttpRunner(
      Egress egress,
      Logins logins,
      Connections connections,
      RateLimits limits,
      InstantSource clock) {
    this.egress = egress;
    this.logins = logins;
    this.connections = connections;
    this.limits = limits;
    this.clock = clock;
  }

  @Override
  public Class<? extends Config> runs() {
    return Config.HttpApi.class;
  }

  @Override
  public Config check(Caller caller, Config config, Fields in) {
    var api = (Config.HttpApi) config;
    var id = api.connectionId();
    if (id == null) {
      OperationCheck.check(api.operation(), null, in, "implementation.");
      return api;
    }
    var connection = connections.usable(caller, id);
    if (connection.isEmpty()) {
      in.fault("implementation.connection_id", "names no connection that you may use: " + id);
      return api;
    }
    OperationCheck.check(
        api.operation(), connection.get().content().baseUrl(), in, "implementation.");
    return new Config.HttpApi(api.operation(), api.auth(), null, connection.get().id());
  }

  @Override
  public Connection.Retry retry(Tool tool) {
    return connection(tool)
        .map(connection -> connection.content().retry())
        .orElseGet(() -> Runner.super.retry(tool));
  }

  /// A place in the URL's path without a value that can stand there, or a header that cannot be
  /// sent: no request can be made of it.
  @Override
  public Optional<Outcome.Invalid> refused(Tool tool, ObjectNode arguments) {
    var api = (Config.HttpApi) tool.content().config();
    var baseUrl = connection(tool).map(connection -> connection.content().baseUrl()).orElse(null);
    if (api.connectionId() != null && baseUrl == null) {
      return Optional.empty(); // The run will say so.
    }
    var faults = Requests.faults(api.operation(), baseUrl, arguments);
    if (faults.isEmpty()) {
      return Optional.empty();
    }
    var path =
        UrlTemplate.parse(Requests.address(baseUrl, api.operation().url())).checked().pathPlaces();
    return Optional.of(
        new Outcome.Invalid(faults, example(tool.content().parametersSchema(), path)));
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

  private Optional<Connection> connection(Tool tool) {
    return tool.content().config() instanceof Config.HttpApi api && api.connectionId() != null
        ? connections.usableBy(tool.workspaceId(), tool.ownerId(), api.connectionId())
        : Optional.empty();
  }

  @Override
  public Outcome run(Invocation call) throws InterruptedException {
    var api = (Config.HttpApi) call.tool().content().config();
    var connection = connection(call.tool()).orElse(null);
    if (api.connectionId() != null && connection == null) {
      return new Outcome.Denied(
          "The connection of this tool is gone, or its owner may not use it any more");
    }
    if (connection != null && Requests.leaves(api.operation(), connection.content().baseUrl())) {
      return new Outcome.Denied(
          "The address of this tool is not at its connection, which has moved: change the tool");
    }
    try {
      return connection == null
          ? sent(call, api, null, call.timeout())
          : paced(call, api, connection);
    } catch (LoginRefused e) {
      return e.isPassing()
          ? new Outcome.Failed("remote_error", String.valueOf(e.getMessage()), null, true)
          : new Outcome.Denied(String.valueOf(e.getMessage()));
    } catch (SecretUnreadable _) {
      return new Outcome.Failed(
          "execution_error", "The stored credential cannot be read; save it again", null, false);
    }
  }

  /// No more often, and no more at a time, than the connection bears.
  private Outcome paced(Invocation call, Config.HttpApi api, Connection connection)
      throws LoginRefused, InterruptedException {
    var end = System.nanoTime() + call.timeout().toNanos();
    var limit = connection.content().rateLimit();
    if (limit != null) {
      var wait =
          limits.take(
              connection.workspaceId(),
              connection.id(),
              limit.requests(),
              Duration.ofSeconds(limit.seconds()),
              call.timeout().dividedBy(2));
      if (wait.compareTo(call.timeout().dividedBy(2)) > 0) {
        return new Outcome.Limited(
            "The connection " + connection.name() + " is at its rate limit", wait);
      }
      TimeUnit.NANOSECONDS.sleep(wait.toNanos());
    }
    var slot =
        slots.computeIfAbsent(
            connection.id() + ' ' + connection.content().maxConcurrent(),
            _ -> new Semaphore(connection.content().maxConcurrent(), true));
    if (!slot.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
      return new Outcome.Limited(
          "The connection " + connection.name() + " has too many calls under way",
          Duration.ofSeconds(1));
    }
    try {
      var left = Duration.ofNanos(Math.max(1, end - System.nanoTime()));
      return sent(
          call,
          api,
          connection,
          left.compareTo(connection.timeout()) < 0 ? left : connection.timeout());
    } finally {
      slot.release();
    }
  }

  private Outcome sent(
      Invocation call, Config.HttpApi api, @Nullable Connection connection, Duration timeout)
      throws LoginRefused, InterruptedException {
    var end = System.nanoTime() + timeout.toNanos();
    var login = login(call, api, connection);
    var request = request(call, api, login, timeout);
    try {
      var response = egress.send(call.workspaces(), request);
      var left = Duration.ofNanos(end - System.nanoTime());
      // A refused token changed nothing: the request may go again with the next one.
      if (response.status() == 401 && login.auth().tokenEndpoint() != null && left.isPositive()) {
        logins.refused(login, connection, call.caller().userId());
        login = login(call, api, connection);
        request = request(call, api, login, left);
        response = egress.send(call.workspaces(), request);
      }
      used(connection, call, response);
      return Answers.judged(
          response,
          api.operation(),
          host(request),
          mayRepeat(call),
          login.redaction(),
          clock.instant());
    } catch (EgressException e) {
      if (connection != null) {
        logins.used(connection, call.caller().userId(), String.valueOf(e.getMessage()));
      }
      return failed(e, call, request, login.redaction());
    }
  }

  private Login login(Invocation call, Config.HttpApi api, @Nullable Connection connection)
      throws LoginRefused, InterruptedException {
    return connection == null
        ? logins.own(call.tool().workspaceId(), api.auth(), api.held())
        : logins.of(connection, call.caller().userId());
  }

  private static EgressRequest request(
      Invocation call, Config.HttpApi api, Login login, Duration timeout) {
    var changes = call.tool().content().behavior().effect() != Effect.NONE;
    return Requests.fill(
        api.operation(),
        login,
        call.arguments(),
        changes ? call.idempotencyKey() : null,
        timeout,
        MAX_RESPONSE);
  }

  private void used(@Nullable Connection connection, Invocation call, EgressResponse response) {
    if (connection != null) {
      var refused = response.status() == 401 || response.status() == 403;
      logins.used(
          connection,
          call.caller().userId(),
          refused ? "The remote answered " + response.status() : null);
    }
  }

  private static String host(EgressRequest request) {
    var port = request.uri().getPort();
    return request.uri().getHost() + (port < 0 ? "" : ":" + port);
  }

  private static Outcome failed(
      EgressException e, Invocation call, EgressRequest request, Redaction redaction) {
    if (e.sent() && !mayRepeat(call) && e.kind() != EgressException.Kind.TOO_LARGE) {
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

  private static boolean mayRepeat(Invocation call) {
    return call.tool().content().behavior().effect() != Effect.ONCE;
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
