package dev.toolwright;

import static dev.toolwright.TestPlatform.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.toolwright.TestPlatform.Answer;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.account.Role;
import dev.toolwright.json.Json;
import dev.toolwright.testing.Resembles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Every example of `/openapi.json` runs as it stands, ids such as `asst_…` replaced by real ones,
/// and is answered as documented. With `-Dtoolwright.write-docs=true` the answers that differ are
/// recorded anew.
@SuppressWarnings("NullAway.Init")
class ExamplesTest {
  private static final boolean RECORDS = Boolean.getBoolean("toolwright.write-docs");
  private static final int TRIES = 20;
  private static final String ROOT = "/api/custom-tools";
  private static final String HOOK_SECRET = "a secret of the examples";
  private static final Pattern ID = Pattern.compile("([a-z]+_)…");

  /// What must have been done before, where the request itself does not name it.
  private static final Map<String, List<String>> FIRST =
      Map.ofEntries(
          Map.entry("GET /agents/list", List.of("asst_")),
          Map.entry("GET /agents", List.of("asst_")),
          Map.entry("GET /tools", List.of("catalog_")),
          Map.entry("GET /agents/workflow/list", List.of("workflow_")),
          Map.entry("GET /api/approvals", List.of("appr_")),
          Map.entry("GET /api/schedules", List.of("sched_")),
          Map.entry("GET /api/hooks", List.of("hook_")),
          Map.entry("GET /api/workflows", List.of("workflow_")),
          Map.entry("GET /api/workflows/{workflow_id}/runs", List.of("run_")),
          Map.entry("GET /jobs/status/recent", List.of("job_")),
          Map.entry("GET /api/users", List.of("user_")),
          Map.entry("GET /api/tokens", List.of("token_")),
          Map.entry("GET /api/artifacts", List.of("art_")),
          Map.entry("GET /api/connections", List.of("conn_")),
          Map.entry("GET /api/custom-tools", List.of("tool_")),
          Map.entry("GET /api/custom-tools/code-snippets", List.of("snip_")),
          Map.entry("GET /api/custom-tools/connectors", List.of("conn_")),
          Map.entry("GET /api/custom-tools/connectors/{connector_id}/endpoints", List.of("endp_")),
          Map.entry("GET /api/custom-tools/credentials", List.of("cred_")));

  /// Operations for which the tool of the examples must not be there yet.
  private static final Set<String> WITHOUT_TOOL = Set.of("POST /agents/tools/create");

  /// Operations whose answers differ each time in more than ids and times; their status counts.
  private static final Set<String> NEVER_THE_SAME =
      Set.of(
          "GET /api/artifacts",
          "GET /api/artifacts/{artifact_id}/metadata",
          "POST /api/artifacts/{artifact_id}/link",
          "GET /api/deliveries",
          "GET /api/deliveries/{delivery_id}",
          "POST /api/deliveries/{delivery_id}/resend");

  private static TestPlatform platform;
  private static Remote remote;
  private static JsonNode description;
  private static Recorded recorded;

  @BeforeAll
  static void open() throws IOException {
    platform = new TestPlatform();
    remote = new Remote();
    description = platform.get(platform.root, "/openapi.json").as(200);
    recorded = Recorded.read();
  }

  @AfterAll
  static void close() throws IOException {
    platform.close();
    remote.close();
    if (RECORDS) {
      recorded.write();
    }
  }

  private static JsonNode operation(String method, String path) {
    return description.path("paths").path(path).path(method.toLowerCase(Locale.ROOT));
  }

  /// A stream that lasts as long as its client; other tests hear it.
  private static boolean isEndless(JsonNode operation) {
    return operation.path("operationId").asString("").startsWith("getMcp");
  }

  private static JsonNode requestExample(JsonNode operation) {
    return operation.at("/requestBody/content/application~1json/example");
  }

  @TestFactory
  Stream<DynamicTest> every_example_runs_and_is_answered_as_documented() {
    return description.path("paths").properties().stream()
        .flatMap(path ->
            path.getValue().properties().stream()
                .filter(operation -> !isEndless(operation.getValue()))
                .map(operation -> {
                  var method = operation.getKey().toUpperCase(Locale.ROOT);
                  var example = new Example(method, path.getKey(), operation.getValue());
                  return DynamicTest.dynamicTest(example.toString(), example::run);
                }));
  }

  @Test
  void a_refusal_looks_as_documented() {
    var refusal = description.at("/components/responses/Refusal/content/application~1json/example");
    var answer = platform.post(platform.root, "/agents/create", Json.object()).as(400);
    assertThat(Resembles.faults(refusal, answer, false)).isEmpty();
  }

  /// One operation with the objects that its example needs, made when it names them.
  private static final class Example {
    private final String method;
    private final String path;
    private final JsonNode operation;
    private final Map<String, String> made = new HashMap<>();
    private User caller = platform.root;

    Example(String method, String path, JsonNode operation) {
      this.method = method;
      this.path = path;
      this.operation = operation;
    }

    @Override
    public String toString() {
      return method + " " + path;
    }

    void run() {
      forget("/connectors", "connector");
      forget("/code-snippets", "snippet");
      forget("/credentials", "credential");
      forgetAll("prompts");
      forgetAll("resources");
      platform.delete(platform.root, "/agents/tools/profit?force=true");
      platform.delete(platform.root, "/agents/tools/listPets?force=true");
      prepareTool();
      FIRST.getOrDefault(toString(), List.of()).forEach(this::real);
      prepare();
      var documented = operation.path("responses").properties().iterator().next();
      var answer = answered();
      assertThat(answer.status())
          .as(answer.text())
          .isEqualTo(Integer.parseInt(documented.getKey()));
      var content = documented.getValue().path("content").properties().iterator().next();
      var example = content.getValue().path("example");
      if (NEVER_THE_SAME.contains(toString())) {
        assertThat(example.isMissingNode()).as("nothing is recorded").isFalse();
      } else if (content.getKey().equals("application/json")) {
        compare(example, Recorded.atHome(answer.body(), platform.address.toString()));
      } else {
        assertThat(answer.headers().firstValue("Content-Type").orElse(""))
            .startsWith(content.getKey().replace("*/*", ""));
        example
            .asString("")
            .lines()
            .filter(line -> line.startsWith("event:"))
            .forEach(line -> assertThat(answer.text()).contains(line));
      }
    }

    private static void forgetAll(String list) {
      for (var one : platform.get(platform.root, "/api/" + list).as(200).path(list)) {
        platform.delete(platform.root, "/api/" + list + "/" + one.path("id").asString());
      }
    }

    private void compare(JsonNode example, JsonNode answer) {
      var faults =
          example.isMissingNode()
              ? List.of("nothing is recorded: run this test with -Dtoolwright.write-docs=true")
              : Resembles.faults(example, answer, false);
      if (RECORDS && !faults.isEmpty()) {
        recorded.put(toString(), answer);
      } else {
        assertThat(faults).as(answer.toString()).isEmpty();
      }
    }

    /// The first JavaScript worker may still be on its way: whoever calls comes again.
    private Answer answered() {
      for (int again = 1; again < TRIES; again++) {
        var answer = call();
        if (answer.status() != 429) {
          return answer;
        }
      }
      return call();
    }

    private Answer call() {
      var address = path;
      for (var parameter : operation.path("parameters")) {
        if (parameter.path("in").asString("").equals("path")) {
          var name = parameter.path("name").asString();
          var value = parameter.path("example").asString("");
          assertThat(value).as("OpenApi has no example for the place %s", name).isNotEmpty();
          address = address.replace("{" + name + "}", filled(value));
        }
      }
      JsonNode body = requestExample(operation);
      assertThat(body.isMissingNode() && operation.has("requestBody"))
          .as("%s needs a request example", this)
          .isFalse();
      var text = body.isMissingNode() ? null : filled(Json.write(body));
      var request = platform.request(method, address, text).header("X-Token", caller.token());
      if (path.startsWith("/hooks/") && text != null) {
        request.header("X-Hub-Signature-256", "sha256=" + signature(text));
      }
      return platform.send(request);
    }

    private static String signature(String text) {
      try {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(HOOK_SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
      } catch (GeneralSecurityException e) {
        throw new AssertionError(e);
      }
    }

    private String filled(String text) {
      return ID.matcher(text).replaceAll(id -> real(id.group(1)));
    }

    /// The id of an object of that kind.
    private String real(String prefix) {
      var known = made.get(prefix);
      if (known == null) {
        known = make(prefix);
        made.put(prefix, known);
      }
      return known;
    }

    private String make(String prefix) {
      return switch (prefix) {
        case "asst_" -> created("POST", "/agents/create", "/agent_id");
        case "batch_" -> batch();
        case "sched_" -> created("POST", "/api/schedules", "/id");
        case "hook_" -> created("POST", "/api/hooks", "/id");
        case "hookaddress_" -> {
          var body = filled(Json.write(requestExample(operation("POST", "/api/hooks"))));
          var url =
              created(
                  "/api/hooks",
                  ((ObjectNode) Json.stored(body)).put("secret", HOOK_SECRET),
                  "/url");
          yield url.substring(url.lastIndexOf('/') + 1);
        }
        case "appr_" -> approval().path("approval_id").asString();
        case "approval_" -> {
          var link = approval().path("link").asString();
          yield link.substring(link.lastIndexOf('/') + 1);
        }
        case "workflow_" -> workflow();
        case "run_" -> workflowRun();
        case "job_" -> job();
        case "token_" -> created("POST", "/api/tokens", "/id");
        case "call_" -> executed();
        case "art_" -> artifact();
        case "callback_" -> callback();
        case "conn_" -> connection();
        case "cred_" -> created("POST", ROOT + "/credentials", "/credential/id");
        case "endp_" ->
            created(
                ROOT + "/connectors/" + real("conn_") + "/endpoints",
                (ObjectNode)
                    requestExample(
                        operation("POST", ROOT + "/connectors/{connector_id}/endpoints")),
                "/endpoint/id");
        case "link_" -> {
          var link = created("/api/artifacts/" + real("art_") + "/link", Json.object(), "/url");
          yield link.substring(link.lastIndexOf('/') + 1);
        }
        case "msg_" -> delivery();
        case "catalog_" -> catalogTool();
        case "prompt_" -> created("POST", "/api/prompts", "/id");
        case "res_" -> created("POST", "/api/resources", "/id");
        case "snip_" -> created("POST", ROOT + "/code-snippets", "/snippet/id");
        case "state_" -> consent();
        case "tool_" -> created("POST", ROOT, "/tool/id");
        case "user_" -> user();
        case "ws_" -> workspace();
        default ->
            throw new AssertionError("Teach this test to make something with an id " + prefix);
      };
    }

    private String catalogTool() {
      var body =
          (ObjectNode)
              Json.stored(Json.write(requestExample(ExamplesTest.operation("POST", "/tools"))));
      if (path.endsWith("/health-check")) {
        remote.at("/health", 200, "{}");
        body.put("endpoint", remote.url());
      } else {
        body.put("type", "builtin").put("name", "listAgents");
      }
      return platform.post(platform.root, "/tools", body).as(201).path("_id").asString();
    }

    private String workflow() {
      return path.startsWith("/agents")
          ? created("POST", "/agents/workflow/create", "/workflow_id")
          : created("POST", "/api/workflows", "/id");
    }

    /// One that has ended, in part when it is resumed.
    private String batch() {
      var fails = path.endsWith("/resume");
      var run =
          created(
              ROOT + "/batch",
              (ObjectNode)
                  Json.stored(
                      filled(
                          fails
                              ? "{\"toolId\":\"tool_…\",\"items\":[{\"revenue\":\"none\"}]}"
                              : Json.write(requestExample(operation("POST", ROOT + "/batch"))))),
              "/batch/id");
      platform.until(platform.root, run.replace("run_", "job_"), "completed", "failed");
      return run;
    }

    /// The only one that waits.
    private static JsonNode approval() {
      for (var old : platform.get(platform.root, "/api/approvals").as(200).path("approvals")) {
        platform.post(
            platform.root,
            "/api/approvals/" + old.path("approval_id").asString(),
            json("{'action':'reject'}"));
      }
      var workflow =
          created(
              "/api/workflows",
              json(
                  "{'name':'ask','steps':[{'step_id':'publish','step_type':'sequential','approval':true}]}"),
              "/id");
      var run = created("/api/workflows/" + workflow + "/runs", json("{}"), "/run_id");
      platform.until(platform.root, run.replace("run_", "job_"), "waiting");
      var id =
          platform
              .get(platform.root, "/api/approvals")
              .as(200)
              .path("approvals")
              .get(0)
              .path("approval_id")
              .asString();
      return platform.get(platform.root, "/api/approvals/" + id).as(200);
    }

    /// A run that has ended, or waits for the event that it is told.
    private String workflowRun() {
      var waits = path.endsWith("/events");
      var workflow =
          waits
              ? created(
                  "/api/workflows",
                  json(
                      "{'name':'order','steps':[{'step_id':'payment','step_type':'sequential','wait':{'event':'paid'}}]}"),
                  "/id")
              : real("workflow_");
      var run =
          created(
              "/api/workflows/" + workflow + "/runs", json("{'input':{'amount':2}}"), "/run_id");
      platform.until(platform.root, run.replace("run_", "job_"), waits ? "waiting" : "completed");
      return run;
    }

    /// What the example of another operation makes.
    private String created(String otherMethod, String otherPath, String id) {
      var body = filled(Json.write(requestExample(operation(otherMethod, otherPath))));
      return created(otherPath, (ObjectNode) Json.stored(body), id);
    }

    /// @param id where the answer has it
    private static String created(String path, ObjectNode body, String id) {
      var answer = platform.post(platform.root, path, body);
      assertThat(answer.status()).as(answer.text()).isBetween(200, 202);
      return answer.body().at(id).asString();
    }

    private void prepareTool() {
      platform.delete(platform.root, "/agents/tools/greet?force=true");
      if (!WITHOUT_TOOL.contains(toString())) {
        created("POST", "/agents/tools/create", "/tool_id");
        platform
            .post(
                platform.root,
                "/agents/tools/greet/test",
                requestExample(operation("POST", "/agents/tools/{tool_name}/test")))
            .as(200);
      }
    }

    /// Deletes what examples made before: their names are taken otherwise.
    private static void forget(String list, String one) {
      for (var found : platform.get(platform.root, ROOT + list).as(200).path(one + "s")) {
        var id = found.path("id").asString();
        platform.delete(platform.root, ROOT + list + "/" + id + "?force=true").as(200);
      }
    }

    private static String executed() {
      return platform
          .post(platform.root, "/agents/tools/greet/test", json("{'parameters':{'name':'Ada'}}"))
          .as(200)
          .path("call_id")
          .asString();
    }

    private String connection() {
      return switch (toString()) {
        case "POST /api/connections/{connection_id}/test" ->
            created(
                "/api/connections",
                json("{'name':'remote','test':{'path':'me'}}").put("base_url", remote.url()),
                "/connection/id");
        case "POST /api/custom-tools/connectors/{connector_id}/import" ->
            created("POST", ROOT + "/connectors/import", "/connector/id");
        case "POST /api/custom-tools/connectors/endpoints/{endpoint_id}/call" ->
            created(
                ROOT + "/connectors",
                json("{'name':'remote'}").put("baseUrl", remote.url()),
                "/connector/id");
        case "POST /api/connections/{connection_id}/authorize", "GET /oauth/consent/{state}" ->
            created(
                "/api/connections",
                json(
                    """
                    {'name':'calendar','base_url':'https://api.example.com','auth':{
                    'type':'oauth2_authorization_code','authorize_url':'https://example.com/authorize',
                    'token_url':'https://example.com/token','client_id':'a','client_secret':'b'}}
                    """),
                "/connection/id");
        case "DELETE /agents/mcp-servers/{server_id}",
            "POST /agents/mcp-servers/{server_id}/discover" -> {
          remote.at("/mcp", (exchange, _) -> mcp(exchange));
          yield created(
              "/agents/mcp-servers",
              json("{'name':'business_intelligence'}").put("url", remote.url() + "/mcp"),
              "/server_id");
        }
        default ->
            path.startsWith(ROOT)
                ? created("POST", ROOT + "/connectors", "/connector/id")
                : created("POST", "/api/connections", "/connection/id");
      };
    }

    /// An MCP server with one tool.
    private static void mcp(HttpExchange exchange) throws IOException {
      var message = Json.stored(remote.last().body());
      var answer = Json.object().put("jsonrpc", "2.0");
      answer.set("id", message.path("id"));
      answer.set(
          "result",
          json(
              message.path("method").asString().equals("initialize")
                  ? "{'protocolVersion':'2025-11-25','capabilities':{}}"
                  : "{'tools':[{'name':'sales','description':'Sales of a month','inputSchema':{'type':'object'}}]}"));
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      Remote.send(exchange, 200, Json.write(answer));
    }

    /// What a link of consent ends in.
    private String consent() {
      var link =
          created(
              "/api/connections/" + real("conn_") + "/authorize", Json.object(), "/authorize_url");
      return link.substring(link.lastIndexOf('/') + 1);
    }

    /// A large result.
    private static String artifact() {
      var large = TestPlatform.name("large");
      platform.tool(
          platform.root, TestPlatform.function(large, "def run(p, c):\n  return 'x' * 100000\n"));
      var result = platform.test(platform.root, large, Json.object()).path("result");
      return result.path("artifact_id").asString();
    }

    /// The webhook of a job that has ended.
    private String delivery() {
      var body = json("{'message':'SAY done'}").put("agent_id", real("asst_"));
      var job = platform.execute(caller, body.put("webhook_url", remote.url() + "/ended"));
      platform.until(caller, job, "completed");
      return platform.one(
          "select id from delivery where run_id = '" + job.replace("job_", "run_") + "'",
          String.class);
    }

    /// The end of the one-time address that a tool waits for.
    private String callback() {
      var hook = TestPlatform.name("hook");
      var tool = json("{'tool_type':'webhook','implementation':{'callback_required':true}}");
      tool.withObject("implementation").put("webhook_url", remote.url() + "/" + hook);
      platform.tool(platform.root, tool.put("name", hook).put("description", "Asks"));
      var job =
          platform.execute(
              caller, platform.agent(caller, hook), "CALL " + hook + " {}\n---\nSAY so");
      platform.until(caller, job, "waiting");
      var asked = Json.stored(remote.requests("/" + hook).getLast().body());
      var address = asked.path("callback_url").asString();
      return address.substring(address.lastIndexOf('/') + 1);
    }

    private void prepare() {
      switch (toString()) {
        case "POST /auth/refresh", "POST /auth/logout" -> caller = platform.newUser(Role.MEMBER);
        case "POST /token/get_token", "POST /auth/login" ->
            platform
                .put(
                    platform.root,
                    "/api/users/" + platform.ada.caller().userId() + "/password",
                    json("{'password':'correct horse'}"))
                .as(200);
        case "GET /api/users/{user_id}/tools", "DELETE /api/users/{user_id}/tools" ->
            platform
                .post(
                    platform.root,
                    "/api/users/" + real("user_") + "/tools",
                    json("{'tools':['greet']}"))
                .as(201);
        default -> {}
      }
    }

    private String job() {
      var message =
          switch (toString()) {
            case "POST /agents/status/{job_id}/cancel" -> "ERROR 429 600\nSAY never";
            case "POST /agents/status/{job_id}/retry" -> "ERROR 400 - 1\nSAY now";
            case "POST /agents/status/{job_id}/resolve" -> "CALL lost {}\n---\nSAY done";
            default ->
                requestExample(operation("POST", "/agents/execute")).path("message").asString();
          };
      var agent = message.contains("lost") ? platform.agent(caller, lost()) : real("asst_");
      var job = platform.execute(caller, agent, message);
      platform.until(caller, job, "waiting", "completed", "failed");
      return job;
    }

    /// A tool that never answers and must not be called twice.
    private static String lost() {
      var tool = TestPlatform.http("lost", "POST", platform.sink.baseUrl() + "/lost?hang");
      platform.tool(platform.root, tool.put("max_execution_time_ms", 300));
      return "lost";
    }

    private String user() {
      var user = platform.newUser(Role.MEMBER);
      if (path.endsWith("/statement")) {
        platform.tool(
            user,
            TestPlatform.function(TestPlatform.name("owned"), "def run(p, c):\n  return 1\n"));
      }
      if (path.endsWith("/password")) {
        // Only the one whose password it is sends the current one.
        platform
            .put(
                platform.root,
                "/api/users/" + user.caller().userId() + "/password",
                json("{'password':'correct horse'}"))
            .as(200);
        caller = user;
      }
      return user.caller().userId();
    }

    private static String workspace() {
      var body = json("{}").put("name", TestPlatform.name("ws"));
      body.putObject("admin")
          .put("username", TestPlatform.name("head"))
          .put("password", "correct horse");
      return platform.post(platform.root, "/api/workspaces", body).as(201).path("id").asString();
    }
  }
}
