package dev.toolwright;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.TestPlatform.User;
import dev.toolwright.account.Role;
import dev.toolwright.json.Json;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Every route of the server, from its own description: strangers get 401, and another workspace's
/// objects do not exist. A new route that names an object must be added here, or a test fails.
@SuppressWarnings("NullAway.Init")
class EveryNamedObjectTest {
  private static TestPlatform platform;
  private static List<Operation> operations;
  private static String tool;
  private static String agent;
  private static String workflow;
  private static String run;
  private static String approval;
  private static String batch;
  private static String connection;
  private static String mcpServer;
  private static String endpoint;
  private static String snippet;
  private static String prompt;
  private static String resource;
  private static String catalogTool;
  private static String credential;
  private static String execution;
  private static String job;
  private static String delivery;
  private static String artifact;

  /// Bodies with which a route would succeed for its owner.
  private static final Map<String, String> BODIES =
      Map.ofEntries(
          Map.entry("PATCH /api/workspaces/{workspace_id}", "{'max_running_jobs':2}"),
          Map.entry("PUT /agents/{agent_id}", "{'name':'changed'}"),
          Map.entry("PUT /agents/workflow/{workflow_id}", "{'name':'changed'}"),
          Map.entry("PUT /api/workflows/{workflow_id}", "{'name':'changed'}"),
          Map.entry("POST /api/workflows/{workflow_id}/rollback", "{'version':1}"),
          Map.entry("POST /api/workflow-runs/{run_id}/events", "{'event':'paid'}"),
          Map.entry("POST /api/approvals/{approval_id}", "{'action':'approve'}"),
          Map.entry("PUT /api/schedules/{schedule_id}", "{'name':'changed'}"),
          Map.entry("PUT /api/hooks/{hook_id}", "{'name':'changed'}"),
          Map.entry("PUT /api/prompts/{prompt_id}", "{'description':'changed'}"),
          Map.entry("PUT /api/resources/{resource_id}", "{'text':'changed'}"),
          Map.entry("PATCH /tools/{catalog_id}", "{'description':'changed'}"),
          Map.entry("POST /hooks/{hook_address}", "{'x':1}"),
          Map.entry("POST /approvals/{approval_token}", "{'action':'approve'}"),
          Map.entry("PUT /agents/tools/{tool_name}", "{'description':'changed'}"),
          Map.entry("POST /agents/tools/{tool_name}/test", "{}"),
          Map.entry("POST /agents/tools/{tool_name}/share", "{'user_ids':['x']}"),
          Map.entry("POST /agents/{agent_id}/share", "{'user_ids':['x']}"),
          Map.entry("POST /agents/status/{job_id}/resolve", "{'action':'fail'}"),
          Map.entry("PUT /api/users/{user_id}", "{'role':'viewer'}"),
          Map.entry("PUT /api/users/{user_id}/password", "{'password':'battery staple'}"),
          Map.entry("PUT /api/users/{user_id}/endpoints", "{'scope':2}"),
          Map.entry("POST /api/users/{user_id}/tools", "{'tools':['x']}"),
          Map.entry("DELETE /api/users/{user_id}/tools", "{'tools':['x']}"),
          Map.entry("PUT /api/users/{user_id}/credits", "{'limit':0}"),
          Map.entry("PUT /api/workspaces/{workspace_id}/credits", "{'limit':0}"),
          Map.entry("PUT /api/connections/{connection_id}", "{'title':'changed'}"),
          Map.entry(
              "PUT /api/connections/{connection_id}/credentials",
              "{'type':'api_key','api_key':'k'}"),
          Map.entry("POST /api/connections/{connection_id}/share", "{'user_ids':['x']}"),
          Map.entry("PUT /api/custom-tools/{tool_id}", "{'description':'changed'}"),
          Map.entry("POST /api/custom-tools/{tool_id}/rollback", "{'version':1}"),
          Map.entry("PUT /api/custom-tools/connectors/{connector_id}", "{'description':'changed'}"),
          Map.entry(
              "POST /api/custom-tools/connectors/{connector_id}/import",
              "{'content':'openapi: 3.1.0','accept':true}"),
          Map.entry(
              "POST /api/custom-tools/connectors/{connector_id}/endpoints",
              "{'name':'more','path':'/x'}"),
          Map.entry(
              "PUT /api/custom-tools/connectors/endpoints/{endpoint_id}",
              "{'description':'changed'}"),
          Map.entry(
              "PUT /api/custom-tools/code-snippets/{snippet_id}", "{'description':'changed'}"),
          Map.entry(
              "PUT /api/custom-tools/credentials/{credential_id}", "{'description':'changed'}"),
          Map.entry("PUT /api/workspaces/{workspace_id}/egress", "{'allow':[]}"));

  /// Routes whose object is named in the body instead.
  private static final Set<String> IN_THE_BODY =
      Set.of(
          "POST /agents/execute",
          "POST /agents/create",
          "POST /agents",
          "POST /agents/custom/create",
          "POST /agents/workflow/create",
          "POST /agents/workflow/execute",
          "POST /api/workflows",
          "POST /mcp",
          "POST /mcp/hub",
          "POST /api/tokens");

  /// Routes whose object belongs to everybody of the workspace.
  private static final Set<String> COMMON = Set.of("GET /api/workspaces/{workspace_id}");

  /// Routes that name no object of a workspace.
  private static final Set<String> NAMELESS =
      Set.of(
          "GET /agents/list",
          "GET /agents/mcp-servers",
          "POST /agents/mcp-servers",
          "GET /agents/workflow/list",
          "GET /api/workflows",
          "GET /api/workflows/metrics",
          "GET /api/approvals",
          "POST /api/custom-tools/batch",
          "GET /api/schedules",
          "POST /api/schedules",
          "GET /api/hooks",
          "POST /api/hooks",
          "GET /api/prompts",
          "POST /api/prompts",
          "GET /api/resources",
          "POST /api/resources",
          "GET /mcp",
          "GET /mcp/hub",
          "DELETE /mcp/hub",
          "GET /tools",
          "POST /tools",
          "GET /agents",
          "POST /auth/refresh",
          "POST /auth/logout",
          "GET /auth/me",
          "DELETE /mcp",
          "GET /agents/templates",
          "GET /agents/packs",
          "GET /agents/tools",
          "GET /agents/tools/templates",
          "GET /agents/tools/list",
          "GET /jobs/status/recent",
          "GET /api/artifacts",
          "POST /agents/tools/create",
          "GET /api/users",
          "POST /api/users",
          "GET /api/workspaces",
          "POST /api/workspaces",
          "GET /api/deliveries",
          "GET /api/tokens",
          "GET /api/custom-tools",
          "POST /api/custom-tools",
          "GET /api/custom-tools/executions",
          "GET /api/custom-tools/usage",
          "GET /api/custom-tools/connectors",
          "POST /api/custom-tools/connectors",
          "POST /api/custom-tools/connectors/import",
          "GET /api/custom-tools/code-snippets",
          "POST /api/custom-tools/code-snippets",
          "GET /api/custom-tools/credentials",
          "POST /api/custom-tools/credentials",
          "GET /api/connections",
          "POST /api/connections");

  private record Operation(String method, String path, boolean isPublic, String role) {
    boolean isFor(User user) {
      return user.caller().role().includes(Role.of(role));
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    operations = operations();
    tool = name("secret_tool");
    platform.tool(platform.ada, function(tool, "def run(parameters, context):\n    return 1\n"));
    agent = platform.agent(platform.ada, tool);
    workflow =
        platform
            .post(
                platform.ada,
                "/api/workflows",
                json(
                    "{'name':'hidden','steps':[{'step_id':'payment','step_type':'sequential','wait':{'event':'paid'}}]}"))
            .as(201)
            .path("id")
            .asString();
    run =
        platform
            .post(platform.ada, "/api/workflows/" + workflow + "/runs", json("{}"))
            .as(202)
            .path("run_id")
            .asString();
    platform.until(platform.ada, run.replace("run_", "job_"), "waiting");
    approval = approval();
    batch = made("batch", "batch", "{'toolId':'" + tool + "','items':[{}]}", 202);
    mcpServer =
        platform
            .post(
                platform.ada,
                "/agents/mcp-servers",
                json("{'name':'secret_server','url':'https://203.0.113.1/mcp','api_key':'hidden'}"))
            .as(201)
            .path("server_id")
            .asString();
    connection =
        platform
            .post(
                platform.ada,
                "/api/connections",
                json(
                    "{'name':'secret_connection','base_url':'https://203.0.113.1','api_key':'hidden'}"))
            .as(201)
            .path("connection")
            .path("id")
            .asString();
    endpoint =
        made(
            "connectors/" + connection + "/endpoints", "endpoint", "{'name':'hidden','path':'/x'}");
    snippet = made("code-snippets", "snippet", "{'name':'hidden','code':'return 1;'}");
    catalogTool =
        platform
            .post(
                platform.ada,
                "/tools",
                json(
                    "{'name':'hidden','type':'builtin','description':'hidden','category':'data',"
                        + "'schema':{'inputSchema':{},'outputSchema':{}},'scope':'private'}"))
            .as(201)
            .path("_id")
            .asString();
    prompt =
        platform
            .post(
                platform.ada,
                "/api/prompts",
                json("{'name':'hidden','messages':[{'role':'user','content':'hidden'}]}"))
            .as(201)
            .path("id")
            .asString();
    resource =
        platform
            .post(platform.ada, "/api/resources", json("{'uri':'hidden://1','text':'hidden'}"))
            .as(201)
            .path("id")
            .asString();
    credential =
        made(
            "credentials",
            "credential",
            "{'name':'hidden','type':'bearer','data':{'token':'hidden'}}");
    execution =
        platform
            .post(platform.ada, "/agents/tools/" + tool + "/test", json("{}"))
            .as(200)
            .path("call_id")
            .asString();
    job = platform.execute(platform.ada, agent, "ERROR 429 600\nSAY done");
    platform.until(platform.ada, job, "waiting");
    delivery = delivery();
    var large = name("large");
    platform.tool(
        platform.ada, function(large, "def run(parameters, context):\n    return 'x' * 100000\n"));
    artifact =
        platform
            .test(platform.ada, large, Json.object())
            .path("result")
            .path("artifact_id")
            .asString();
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static String made(String path, String name, String body) {
    return made(path, name, body, 201);
  }

  private static String made(String path, String name, String body, int status) {
    return platform
        .post(platform.ada, "/api/custom-tools/" + path, json(body))
        .as(status)
        .path(name)
        .path("id")
        .asString();
  }

  private static final Map<String, String> STARTED = new java.util.HashMap<>();

  private static String started(String kind) {
    return STARTED.computeIfAbsent(
        kind,
        _ ->
            platform
                .post(
                    platform.ada,
                    "/api/" + kind,
                    json(
                        "{'name':'hidden','agent_id':'"
                            + agent
                            + "','input':{'message':'x'}"
                            + (kind.equals("schedules") ? ",'cron':'0 0 1 1 *'}" : "}")))
                .as(201)
                .path("id")
                .asString());
  }

  private static String approval() {
    var steps =
        json("{'name':'asks','steps':[{'step_id':'go','step_type':'sequential','approval':true}]}");
    var asks = platform.post(platform.ada, "/api/workflows", steps).as(201).path("id").asString();
    var asking =
        platform
            .post(platform.ada, "/api/workflows/" + asks + "/runs", json("{}"))
            .as(202)
            .path("run_id")
            .asString();
    platform.until(platform.ada, asking.replace("run_", "job_"), "waiting");
    return platform
        .get(platform.ada, "/api/approvals")
        .as(200)
        .path("approvals")
        .get(0)
        .path("approval_id")
        .asString();
  }

  private static String delivery() {
    var task = Json.object().put("agent_id", agent).put("message", "SAY told");
    platform.execute(platform.ada, task.put("webhook_url", platform.sink.baseUrl() + "/told"));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            platform.one(
                "select count(*) = 1 from delivery where state = 'delivered'", Boolean.class));
    return platform.one("select id from delivery", String.class);
  }

  private static List<Operation> operations() {
    var found = new ArrayList<Operation>();
    var description = platform.get(platform.ada, "/openapi.json").as(200);
    for (var path : description.path("paths").properties()) {
      for (var operation : path.getValue().properties()) {
        found.add(
            new Operation(
                operation.getKey().toUpperCase(java.util.Locale.ROOT),
                path.getKey(),
                operation.getValue().path("security").isEmpty(),
                operation.getValue().path("x-role").asString("viewer")));
      }
    }
    assertThat(found).hasSizeGreaterThan(20);
    return found;
  }

  private static String filled(String path) {
    return path.replace("{agent_id}", agent)
        .replace("{workflow_id}", workflow)
        .replace("{run_id}", run)
        .replace("{approval_id}", approval)
        .replace("{batch_id}", batch)
        .replace("{schedule_id}", started("schedules"))
        .replace("{hook_id}", started("hooks"))
        // Whoever can sign may send; there is none of this name.
        .replace("{hook_address}", "0".repeat(48))
        // Whoever has the link may decide; this is nobody's.
        .replace("{approval_token}", "0".repeat(88))
        .replace("{tool_name}", tool)
        .replace("{job_id}", job)
        .replace("{server_id}", mcpServer)
        .replace("{connection_id}", connection)
        .replace("{connector_id}", connection)
        .replace("{endpoint_id}", endpoint)
        .replace("{snippet_id}", snippet)
        .replace("{prompt_id}", prompt)
        .replace("{resource_id}", resource)
        .replace("{catalog_id}", catalogTool)
        .replace("{credential_id}", credential)
        .replace("{execution_id}", execution)
        .replace("{tool_id}", tool)
        .replace("{artifact_id}", artifact)
        // A link is a right of its own; there is none of this name.
        .replace("{link}", "none")
        .replace("{user_id}", platform.ada.caller().userId())
        .replace("{token_id}", tokenId())
        .replace("{delivery_id}", delivery)
        // Whoever has the token of a callback may answer it; this is nobody's.
        .replace("{token}", "0".repeat(88))
        .replace("{workspace_id}", platform.ada.caller().workspaceId())
        .replace("{state}", "none")
        // Packs and files come with the server; there are none of this name.
        .replace("{pack_id}", "none")
        .replace("{file}", "none");
  }

  private static String tokenId() {
    return platform.one(
        "select id from api_token where user_id = '" + platform.ada.caller().userId() + "'",
        String.class);
  }

  private static HttpRequest.Builder request(Operation operation) {
    var body =
        operation.method().equals("GET") ? null : BODIES.getOrDefault(operation.toString(), "{}");
    return platform.request(
        operation.method(),
        filled(operation.path()),
        body == null ? null : body.replace('\'', '"'));
  }

  @Test
  void a_stranger_gets_401_everywhere() {
    var softly = new SoftAssertions();
    for (var operation : operations) {
      if (!operation.isPublic()) {
        softly
            .assertThat(platform.send(request(operation)).status())
            .as("%s", operation)
            .isEqualTo(401);
        softly
            .assertThat(
                platform
                    .send(request(operation).header("X-Token", "tw_" + "0".repeat(64)))
                    .status())
            .as("%s", operation)
            .isEqualTo(401);
      }
    }
    softly.assertAll();
  }

  @Test
  void another_workspaces_objects_do_not_exist() {
    var softly = new SoftAssertions();
    var before = state();
    for (var operation : operations) {
      if (operation.path().contains("{")) {
        softly
            .assertThat(filled(operation.path()))
            .as("%s names an object that this test does not know", operation)
            .doesNotContain("{");
        var answer = platform.send(request(operation).header("X-Token", platform.eve.token()));
        softly.assertThat(answer.status()).as("%s: %s", operation, answer.text()).isEqualTo(404);
        softly.assertThat(answer.text()).as("%s", operation).doesNotContain("asst_secret");
      } else if (!operation.isPublic()) {
        softly
            .assertThat(
                IN_THE_BODY.contains(operation.toString())
                    || NAMELESS.contains(operation.toString()))
            .as("%s must be classified in this test", operation)
            .isTrue();
      }
    }
    softly.assertThat(state()).isEqualTo(before);
    softly.assertAll();
  }

  @Test
  void another_workspaces_objects_cannot_be_named_in_a_body_either() {
    var before = state();
    var execution = Json.object().put("agent_id", agent).put("message", "hello");
    platform.post(platform.eve, "/agents/execute", execution).as(404);
    var made = Json.object().put("name", "thief").put("instructions", "x");
    made.putArray("tools").add(tool);
    platform.post(platform.eve, "/agents/create", made).as(403);
    var based = Json.object().put("name", "thief").put("base_template", agent);
    platform.post(platform.eve, "/agents/custom/create", based).as(400);
    for (var named : List.of(tool, toolId())) {
      made.putArray("tools").add(named);
      platform.post(platform.eve, "/agents/create", made).as(403);
      var called = json("{'jsonrpc':'2.0','id':1,'method':'tools/call'}");
      called.putObject("params").put("name", named).putObject("arguments");
      assertThat(
              platform
                  .post(platform.eve, "/mcp", called)
                  .as(200)
                  .path("error")
                  .path("code")
                  .asInt())
          .isEqualTo(-32602);
    }
    var issued = json("{'name':'thief'}").put("user_id", platform.ada.caller().userId());
    platform.post(platform.eve, "/api/tokens", issued).as(404);
    platform.post(platform.bob, "/api/tokens", issued).as(404);
    assertThat(platform.post(platform.eve, "/mcp", list()).text()).doesNotContain(tool);
    for (var path :
        List.of(
            "/agents/list?include_shared=true",
            "/agents/tools",
            "/agents/tools/list",
            "/jobs/status/recent",
            "/api/artifacts",
            "/api/users",
            "/api/users?search=" + platform.ada.caller().userId(),
            "/api/workspaces",
            "/api/tokens",
            "/api/deliveries",
            "/api/users/me/tools")) {
      assertThat(platform.get(platform.eve, path).text())
          .doesNotContain(
              tool,
              agent,
              job,
              delivery,
              artifact,
              platform.ada.caller().workspaceId(),
              platform.ada.caller().userId());
    }
    assertThat(state()).isEqualTo(before);
  }

  private static ObjectNode list() {
    return json("{'jsonrpc':'2.0','id':1,'method':'tools/list'}");
  }

  private static String toolId() {
    return platform.one("select id from definition where name = '" + tool + "'", String.class);
  }

  /// What must not change: everything that Ada made, and that anything runs for it.
  private static String state() {
    JsonNode job = platform.status(platform.ada, EveryNamedObjectTest.job);
    return List.of(
            platform.get(platform.ada, "/agents/tools/" + tool).as(200).toString(),
            platform.get(platform.ada, "/agents/" + agent).as(200).toString(),
            job.path("status").asString(),
            platform.one("select count(*) from run", String.class),
            platform.one("select count(*) from call", String.class),
            platform.one("select count(*) from artifact", String.class),
            platform.one("select count(*) from definition_grant", String.class),
            platform.one(
                "select string_agg(concat(role, scope, groups, active, password_hash), ',' order by id) from account",
                String.class),
            platform.one("select count(*) from api_token where revoked_at is null", String.class),
            platform.one(
                "select count(*) from workspace_meter where credit_limit is null", String.class),
            platform.one("select count(*) from user_meter", String.class),
            platform.one("select count(*) from workspace_egress", String.class),
            platform.one("select string_agg(state || since, ' ') from delivery", String.class))
        .toString();
  }

  @Test
  void a_colleagues_private_objects_do_not_exist_either() {
    var softly = new SoftAssertions();
    for (User user : List.of(platform.bob, platform.vera)) {
      for (var operation : operations) {
        if (operation.path().contains("{") && !COMMON.contains(operation.toString())) {
          var answer = platform.send(request(operation).header("X-Token", user.token()));
          // What the role does not allow is refused before anything is looked for.
          softly
              .assertThat(answer.status())
              .as("%s by %s", operation, user)
              .isEqualTo(operation.isFor(user) ? 404 : 403);
        }
      }
    }
    softly.assertAll();
  }
}
