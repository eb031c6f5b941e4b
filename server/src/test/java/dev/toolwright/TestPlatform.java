package dev.toolwright;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Caller;
import dev.toolwright.account.NewUser;
import dev.toolwright.account.Role;
import dev.toolwright.audit.Audit;
import dev.toolwright.config.Settings;
import dev.toolwright.database.TestDatabase;
import dev.toolwright.database.embedded.EmbeddedSettings;
import dev.toolwright.egress.Resolver;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import dev.toolwright.testing.EffectSink;
import dev.toolwright.testing.ScriptedModel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The whole server, wired as it is for people, on a database of its own, with a scripted model and
/// a sink for effects. Its users: `ada` and `bob` (members), `vera` (a viewer) and `root` (an
/// admin) of the workspace `default`; `eve` (an admin) of another one.
public final class TestPlatform implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();
  public static final String MODEL_KEY = "model-key";
  private static final Duration LONG = Duration.ofSeconds(30);

  public final TestDatabase database = TestDatabase.fresh();
  public final ScriptedModel model;
  public final EffectSink sink = new EffectSink();
  public URI address;
  public final User ada;
  public final User bob;
  public final User vera;
  public final User root;
  public final User eve;
  private final Path home;
  private final Settings settings;
  private final Resolver resolver;
  private Platform platform;
  private @Nullable Platform other;
  private final Accounts accounts =
      new Accounts(database.database(), new Audit(), InstantSource.system());
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /// Somebody with a token.
  public record User(Caller caller, String token) {
    @Override
    public String toString() {
      return caller.username();
    }
  }

  /// What the server answered.
  public record Answer(int status, JsonNode body, HttpHeaders headers, String text) {
    /// The same answer, which must have this status.
    public JsonNode as(int expected) {
      assertThat(status).as(text).isEqualTo(expected);
      return body;
    }
  }

  public TestPlatform() {
    this(Map.of());
  }

  /// @param settings more environment variables, over the fixture's own
  public TestPlatform(Map<String, String> settings) {
    this(new ScriptedModel(0, MODEL_KEY), settings, Resolver.system());
  }

  /// @param model who is asked as OpenAI, with [#MODEL_KEY]
  public TestPlatform(ScriptedModel model, Map<String, String> settings) {
    this(model, settings, Resolver.system());
  }

  /// @param resolver what names mean to tools
  public TestPlatform(Map<String, String> settings, Resolver resolver) {
    this(new ScriptedModel(0, MODEL_KEY), settings, resolver);
  }

  private TestPlatform(ScriptedModel model, Map<String, String> settings, Resolver resolver) {
    this.model = model;
    try {
      home = Files.createTempDirectory("toolwright-test-home");
      this.settings = read(home, settings);
      this.resolver = resolver;
      platform = Platform.open(this.settings, resolver);
      address = platform.address();
      var workspace =
          database.database().inTx(tx -> accounts.workspace(tx, "default")).orElseThrow();
      ada = user(workspace, "ada", Role.MEMBER, 1);
      bob = user(workspace, "bob", Role.MEMBER, 1);
      vera = user(workspace, "vera", Role.VIEWER, 1);
      root = user(workspace, "root", Role.ADMIN, 0);
      var other = database.database().inTx(tx -> accounts.createWorkspace(tx, "other"));
      eve = user(other, "eve", Role.ADMIN, 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private Settings read(Path home, Map<String, String> more) {
    var environment = new TreeMap<String, String>();
    environment.put("TOOLWRIGHT_DATABASE_URL", databaseUrl());
    environment.put("OPENAI_BASE_URL", model.baseUrl().toString());
    environment.put("OPENAI_API_KEY", MODEL_KEY);
    environment.put("TOOLWRIGHT_EGRESS_ALLOW", "127.0.0.1");
    environment.put("TOOLWRIGHT_CONTAINER_ENGINE", "none");
    environment.putAll(more);
    return Settings.read(List.of("--home", home.toString(), "--port", "0"), environment);
  }

  /// The database as an operator writes it in the settings.
  public String databaseUrl() {
    var url = URI.create(database.address().jdbcUrl().substring("jdbc:".length()));
    return "postgresql://%s:%s@%s:%d%s"
        .formatted(
            database.address().user(),
            database.address().password(),
            url.getHost(),
            url.getPort(),
            url.getPath());
  }

  /// The server's home.
  public Path home() {
    return home;
  }

  private User user(String workspace, String name, Role role, int scope)
      throws InterruptedException {
    var caller = accounts.createUser(new NewUser(workspace, name, null, role, scope, Set.of()));
    return new User(
        caller, database.database().inTx(tx -> accounts.issue(tx, caller, "test", null)).token());
  }

  /// A new user of the workspace `default`.
  public User newUser(Role role) {
    try {
      return user(ada.caller().workspaceId(), "user" + NUMBER.incrementAndGet(), role, 1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /// A name that no other test uses.
  public static String name(String prefix) {
    return prefix + NUMBER.incrementAndGet();
  }

  /// A request for a path (with query), to be given its headers and sent.
  public HttpRequest.Builder request(String method, String path, @Nullable String body) {
    return HttpRequest.newBuilder(URI.create(address + path))
        .timeout(Duration.ofSeconds(60))
        .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
  }

  public Answer send(HttpRequest.Builder request) {
    try {
      HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
      var text = new String(response.body(), StandardCharsets.UTF_8);
      return new Answer(response.statusCode(), parsed(text), response.headers(), text);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode parsed(String text) {
    try {
      return text.isEmpty() ? Json.object() : Json.parse(text);
    } catch (MalformedJson e) {
      return Json.object().put("text", text);
    }
  }

  /// JSON, with `'` for `"`: tests read better so.
  public static ObjectNode json(String text) {
    return (ObjectNode) Json.stored(text.replace('\'', '"'));
  }

  public Answer get(User user, String path) {
    return send(request("GET", path, null).header("X-Token", user.token()));
  }

  public Answer post(User user, String path, JsonNode body) {
    return send(request("POST", path, Json.write(body)).header("X-Token", user.token()));
  }

  public Answer put(User user, String path, JsonNode body) {
    return send(request("PUT", path, Json.write(body)).header("X-Token", user.token()));
  }

  public Answer patch(User user, String path, JsonNode body) {
    return send(request("PATCH", path, Json.write(body)).header("X-Token", user.token()));
  }

  public Answer delete(User user, String path) {
    return send(request("DELETE", path, null).header("X-Token", user.token()));
  }

  /// A Python tool that takes any object.
  public static ObjectNode function(String name, String code) {
    var tool = Json.object().put("name", name).put("tool_type", "function");
    tool.putObject("implementation").put("code", code).put("function_name", "run");
    tool.putObject("parameters_schema").put("type", "object");
    return tool.put("description", "A tool of a test");
  }

  /// A tool that is one HTTP request.
  public static ObjectNode http(String name, String method, String url) {
    var tool = Json.object().put("name", name).put("tool_type", "api_endpoint");
    tool.putObject("implementation").put("url", url).put("method", method);
    tool.putObject("parameters_schema").put("type", "object");
    return tool.put("description", "A tool of a test");
  }

  /// The id of a tool made of this body.
  public String tool(User user, ObjectNode body) {
    return post(user, "/agents/tools/create", body).as(200).path("tool_id").asString();
  }

  /// The id of an agent with these tools.
  public String agent(User user, String... tools) {
    var body = Json.object().put("name", "Tester").put("instructions", "Do as you are told.");
    List.of(tools).forEach(body.putArray("tools")::add);
    return post(user, "/agents/create", body).as(200).path("agent_id").asString();
  }

  /// What calling a tool answers on its test route.
  public JsonNode test(User user, String tool, ObjectNode parameters) {
    var body = Json.object();
    body.set("parameters", parameters);
    return post(user, "/agents/tools/" + tool + "/test", body).as(200);
  }

  /// The id of a job that follows the script.
  public String execute(User user, String agent, String script) {
    return execute(user, Json.object().put("agent_id", agent).put("message", script));
  }

  public String execute(User user, ObjectNode body) {
    return post(user, "/agents/execute", body).as(200).path("job_id").asString();
  }

  public JsonNode status(User user, String job) {
    return get(user, "/agents/status/" + job).as(200);
  }

  /// The job's status when it is one of these.
  public JsonNode until(User user, String job, String... states) {
    var last = new ArrayList<JsonNode>();
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(10))
        .untilAsserted(() -> {
          last.clear();
          last.add(status(user, job));
          assertThat(last.getFirst().path("status").asString())
              .as(last.getFirst().toString())
              .isIn((Object[]) states);
        });
    return last.getFirst();
  }

  /// Follows the script to its end and answers the job's status then.
  public JsonNode ended(User user, String agent, String script) {
    return until(user, execute(user, agent, script), "completed", "failed", "cancelled");
  }

  public void sql(String statement) {
    database.database().useTx(tx -> tx.handle().execute(statement));
  }

  public <T> T one(String query, Class<T> type) {
    return database
        .database()
        .direct(tx -> tx.handle().createQuery(query).mapTo(type).findOne().orElseThrow());
  }

  /// Stops the server as a deployment does; everything else stays.
  public void stop() {
    platform.close();
  }

  /// Starts it again, on another port.
  public void start() {
    try {
      platform = Platform.open(settings, resolver);
      address = platform.address();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /// A second server on the same database, closed with this one; its address.
  public URI another() {
    return another(Map.of("TOOLWRIGHT_RUN_SLOTS", "1"));
  }

  /// The same with settings of its own.
  public URI another(Map<String, String> more) {
    try {
      var otherHome = Files.createTempDirectory("toolwright-test-home");
      Files.copy(home.resolve("master.key"), otherHome.resolve("master.key"));
      other = Platform.open(read(otherHome, more), resolver);
      return other.address();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    if (other != null) {
      other.close();
    }
    platform.close();
    client.close();
    model.close();
    sink.close();
    database.close();
    try {
      EmbeddedSettings.below(home).erase();
      try (var below = Files.walk(home)) {
        for (var file : below.toList().reversed()) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
