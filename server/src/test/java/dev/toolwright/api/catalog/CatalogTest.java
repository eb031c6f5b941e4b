package dev.toolwright.api.catalog;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.account.Role;
import dev.toolwright.json.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The checklist of the catalogue's document, and what lies between its lines.
@SuppressWarnings("NullAway.Init")
class CatalogTest {
  private static TestPlatform platform;
  private static Remote remote;
  private static final AtomicInteger HEALTH = new AtomicInteger(200);

  @BeforeAll
  static void open() throws Exception {
    platform = new TestPlatform();
    remote = new Remote();
    remote.at("/health", (exchange, _) -> Remote.send(exchange, HEALTH.get(), "{}"));
    remote.at(
        "/",
        (exchange, _) -> {
          var posted = remote.requests("/");
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          Remote.send(exchange, 200, mcp(Json.stored(posted.getLast().body())));
        });
  }

  @AfterAll
  static void close() {
    platform.close();
    remote.close();
  }

  /// An MCP server of the plainest kind, with one tool that says what it got.
  private static String mcp(JsonNode message) {
    var answer = Json.object().put("jsonrpc", "2.0");
    answer.set("id", message.get("id"));
    var result = answer.putObject("result");
    switch (message.path("method").asString("")) {
      case "initialize" -> result.put("protocolVersion", "2025-06-18").putObject("capabilities");
      case "tools/call" ->
          result
              .putArray("content")
              .addObject()
              .put("type", "text")
              .put("text", Json.write(message.path("params").path("arguments")));
      default -> {}
    }
    return Json.write(answer);
  }

  private static ObjectNode served(String name) {
    var body =
        json(
            """
            {'type':'mcp','description':'Search the web','category':'productivity','transport':'sse',
             'dockerImage':'aiops/mcp-web-search:latest','port':3100,
             'environment':{'API_KEY':'sesame-7781','DEBUG':'true'},'healthEndpoint':'/health',
             'schema':{'inputSchema':{'type':'object','properties':{'query':{'type':'string'}},'required':['query']},
                       'outputSchema':{}},
             'status':'active','scope':'public'}
            """);
    return body.put("name", name).put("endpoint", remote.url());
  }

  private static ObjectNode builtin(String name) {
    return json("""
    {'type':'builtin','description':'List all agents','category':'system',
     'schema':{'inputSchema':{'type':'object','properties':{'limit':{'type':'number'}}},'outputSchema':{'type':'object'}},
     'scope':'org','transport':'sse','endpoint':'','dockerImage':'','port':null,'environment':{},'healthEndpoint':'/health'}
    """)
        .put("name", name);
  }

  private static JsonNode made(ObjectNode body) {
    return platform.post(platform.ada, "/tools", body).as(201);
  }

  private static String path(JsonNode tool) {
    return "/tools/" + tool.path("_id").asString();
  }

  private static JsonNode list(User user, String query) {
    return platform.get(user, "/tools?" + query).as(200);
  }

  private static List<String> names(JsonNode page) {
    var names = new ArrayList<String>();
    page.path("data").forEach(tool -> names.add(tool.path("name").asString()));
    return names;
  }

  private static String filter(String json) {
    return "filter=" + URLEncoder.encode(json.replace('\'', '"'), StandardCharsets.UTF_8);
  }

  private static List<String> faults(ObjectNode body) {
    var refused = platform.post(platform.ada, "/tools", body).as(400);
    assertThat(refused.path("error").asString()).isEqualTo("Bad Request");
    assertThat(refused.path("message").isArray()).as(refused.toString()).isTrue();
    var texts = new ArrayList<String>();
    refused.path("message").forEach(text -> texts.add(text.asString()));
    return texts;
  }

  @Test
  void a_served_tool_is_shown_as_it_was_made_but_for_its_secrets() {
    var body = served(name("web search "));
    var made = made(body);
    for (var field :
        List.of(
            "name",
            "type",
            "description",
            "category",
            "transport",
            "endpoint",
            "dockerImage",
            "port",
            "healthEndpoint",
            "schema",
            "status",
            "scope")) {
      assertThat(made.path(field)).as(field).isEqualTo(body.path(field));
    }
    assertThat(made.path("environment")).isEqualTo(json("{'API_KEY':'***','DEBUG':'***'}"));
    assertThat(made.path("_id").asString()).matches("[0-9a-f]{24}");
    assertThat(made.at("/owner/userId").asString()).matches("[0-9a-f]{24}");
    assertThat(made.at("/owner/orgId").asString()).matches("[0-9a-f]{24}");
    assertThat(made.path("createdBy")).isEqualTo(made.at("/owner/userId"));
    for (var absent : List.of("lastHealthCheck", "deletedAt")) {
      assertThat(made.has(absent) && made.path(absent).isNull()).as(absent).isTrue();
    }
    assertThat(made.path("metadata")).isEqualTo(Json.object());
    assertThat(made.path("createdAt").asString())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    assertThat(made.has("containerId")).isFalse();
    var shown = platform.get(platform.ada, path(made)).as(200);
    assertThat(shown.path("name")).isEqualTo(made.path("name"));
    assertThat(platform.get(platform.ada, "/tools/tool_" + made.path("_id").asString()).status())
        .isEqualTo(200);
    assertThat(platform.get(platform.bob, path(made)).status()).isEqualTo(200);
    for (var table : List.of("revision", "tool_service", "audit")) {
      assertThat(
              platform.one(
                  "select count(*) from %s t where t::text like '%%sesame%%'".formatted(table),
                  Integer.class))
          .isZero();
    }
  }

  @Test
  void every_fault_is_told_in_the_words_that_clients_know() {
    assertThat(faults(Json.object()))
        .containsExactlyInAnyOrder(
            "name must be a string",
            "type must be one of the following values: mcp, builtin",
            "description must be a string",
            "category must be one of the following values: productivity, data, system, communication",
            "schema must be an object");
    var body =
        served("x".repeat(101)).put("port", 80).put("category", "fun").put("description", "");
    body.put("colour", "red").put("endpoint", "somewhere").put("transport", "pigeon");
    body.withObjectProperty("schema").put("inputSchema", 1);
    assertThat(faults(body))
        .containsExactlyInAnyOrder(
            "name must be shorter than or equal to 100 characters",
            "description must be longer than or equal to 1 characters",
            "category must be one of the following values: productivity, data, system, communication",
            "transport must be one of the following values: sse, http",
            "endpoint must be a URL address",
            "port must not be less than 1024",
            "schema.inputSchema must be an object",
            "property colour should not exist");
    assertThat(faults(served("p").put("port", 65_536)))
        .containsExactly("port must not be greater than 65535");
    var wrong = served("s");
    wrong.withObjectProperty("schema").putObject("inputSchema").put("type", "objekt");
    assertThat(faults(wrong)).hasSize(1).first().asString().startsWith("schema.inputSchema");
    for (var field : List.of("transport", "endpoint", "dockerImage", "port")) {
      var lacking = served("l");
      lacking.remove(field);
      assertThat(platform.post(platform.ada, "/tools", lacking).as(400).path("message").asString())
          .isEqualTo("MCP tools require transport, endpoint, dockerImage, and port");
    }
  }

  @Test
  void a_builtin_drops_what_only_containers_have_and_runs_what_the_server_has() {
    var made = made(builtin("listAgents"));
    for (var dropped :
        List.of("transport", "endpoint", "dockerImage", "port", "environment", "healthEndpoint")) {
      assertThat(made.has(dropped)).as(dropped).isFalse();
    }
    assertThat(made.path("type").asString()).isEqualTo("builtin");
    var agent = platform.agent(platform.ada);
    var agents =
        platform
            .post(platform.ada, path(made) + "/execute", json("{'parameters':{'limit':1}}"))
            .as(200);
    assertThat(agents.at("/result/agents")).hasSize(1);
    assertThat(agents.at("/result/agents/0/id").asString()).isEqualTo(agent);
    var unknown = made(builtin("fly"));
    var refused = platform.post(platform.ada, path(unknown) + "/execute", Json.object()).as(409);
    assertThat(refused.path("message").asString()).contains("fly", "listAgents", "calculator");
    assertThat(refused.at("/details/activeAgents").isArray()).isTrue();
  }

  @Test
  void lists_are_searched_filtered_sorted_and_counted() {
    var mark = name("mark");
    for (var i = 0; i < 12; i++) {
      var body = i % 3 == 0 ? builtin(mark + " b" + i) : served(mark + " m" + i);
      made(body.put("scope", i == 1 ? "private" : "org"));
    }
    var gone = made(served(mark + " gone"));
    platform.delete(platform.ada, path(gone)).as(200);
    var first = list(platform.ada, "search=" + mark.toUpperCase(java.util.Locale.ROOT));
    assertThat(first.path("data")).hasSize(10);
    assertThat(first.path("pagination"))
        .isEqualTo(json("{'total':12,'page':1,'limit':10,'totalPages':2}"));
    assertThat(first.at("/statistics/total").asInt()).isEqualTo(12);
    assertThat(first.at("/statistics/byStatus").propertyNames())
        .containsExactly("active", "inactive", "error");
    assertThat(first.at("/statistics/byType")).isEqualTo(json("{'mcp':8,'builtin':4}"));
    assertThat(names(first).getFirst()).isEqualTo(mark + " m11");
    assertThat(list(platform.ada, "search=" + mark + "&page=3").path("data")).isEmpty();
    assertThat(list(platform.ada, "search=" + mark + "&limit=500").at("/pagination/limit").asInt())
        .isEqualTo(100);
    assertThat(names(list(platform.ada, "search=" + mark + "&sort=name&limit=2")))
        .containsExactly(mark + " b0", mark + " b3");
    assertThat(names(list(platform.ada, "search=" + mark + "&" + filter("{'type':'builtin'}"))))
        .hasSize(4);
    assertThat(
            names(
                list(
                    platform.ada,
                    "search=" + mark + "&" + filter("{'scope':'private','type':{'$in':['mcp']}}"))))
        .containsExactly(mark + " m1");
    assertThat(
            names(
                list(
                    platform.ada,
                    "search="
                        + mark
                        + "&"
                        + filter(
                            "{'port':{'$gte':3100,'$lt':3101},'createdAt':{'$gt':'2020-01-01T00:00:00Z'}}"))))
        .hasSize(8);
    // curl has eaten the braces; the clients' selector joins with an ampersand
    assertThat(names(list(platform.ada, "search=" + mark + "&filter=%22type%22:%22builtin%22")))
        .hasSize(4);
    assertThat(platform.get(platform.ada, "/tools&limit=3").as(200).path("data")).hasSize(3);
    assertThat(names(list(platform.bob, "search=" + mark + "&limit=100")))
        .hasSize(11)
        .doesNotContain(mark + " m1");
    assertThat(names(list(platform.eve, "search=" + mark))).isEmpty();
    for (var wrong :
        List.of(
            filter("{'secret':'x'}"),
            filter("{'name':{'$where':'1'}}"),
            filter("{'name':{'$regex':'.*'}}"),
            filter("{'port':'x'}"),
            filter("{'createdAt':'yesterday'}"),
            "filter=%7B",
            "sort=environment",
            "limit=0",
            "page=x")) {
      assertThat(platform.get(platform.ada, "/tools?" + wrong).status()).as(wrong).isEqualTo(400);
    }
    var other = function(name("other"), "def run(parameters, context):\n    return 1\n");
    platform.tool(platform.ada, other);
    var own = other.path("name").asString();
    assertThat(names(list(platform.ada, "search=" + own))).isEmpty();
    var all = list(platform.ada, "all=true&search=" + own);
    assertThat(all.at("/data/0/type").asString()).isEqualTo("function");
    assertThat(all.at("/data/0/metadata/category").asString()).isEqualTo("general");
    assertThat(all.at("/data/0/category").asString()).isEqualTo("data");
    for (var category : List.of("data", "general", "system")) {
      var found =
          list(
              platform.ada,
              "all=true&search=" + own + "&" + filter("{'category':'" + category + "'}"));
      assertThat(names(found)).as(category).hasSize(category.equals("data") ? 1 : 0);
    }
  }

  @Test
  void a_form_sends_everything_back_and_changes_what_it_changes() {
    var made = made(served(name("form")));
    var form = (ObjectNode) made.deepCopy();
    var same = platform.patch(platform.ada, path(made), form).as(200);
    assertThat(same.path("updatedAt")).isEqualTo(made.path("updatedAt"));
    form.put("description", "Better").put("name", "Renamed " + name(""));
    form.putObject("environment").put("API_KEY", "***").put("NEW", "1");
    var changed = platform.patch(platform.ada, path(made), form).as(200);
    assertThat(changed.path("description").asString()).isEqualTo("Better");
    assertThat(changed.path("name")).isEqualTo(form.path("name"));
    assertThat(changed.path("environment")).isEqualTo(json("{'API_KEY':'***','NEW':'***'}"));
    assertThat(changed.path("schema")).isEqualTo(made.path("schema"));
    var wrong =
        json(
            "{'type':'builtin','createdAt':'2020-01-01T00:00:00.000Z','environment':{'OTHER':'***'}}");
    assertThat(platform.patch(platform.ada, path(made), wrong).as(400).path("message"))
        .extracting(JsonNode::asString)
        .containsExactlyInAnyOrder(
            "property type should not be changed",
            "property createdAt should not be changed",
            "environment.OTHER is masked, and no value of it is stored");
    assertThat(platform.patch(platform.bob, path(made), json("{'description':'x'}")).status())
        .isEqualTo(403);
    for (var emptied : List.of("endpoint", "dockerImage")) {
      var refused = platform.patch(platform.ada, path(made), json("{}").put(emptied, "")).as(400);
      assertThat(refused.path("message").asString())
          .isEqualTo("MCP tools require transport, endpoint, dockerImage, and port");
    }
    for (var odd : List.of("/<script>", "/%zz", "http://127.0.0.1/<x>", "health")) {
      var refused = json("{}").put("healthEndpoint", odd);
      assertThat(
              platform.patch(platform.ada, path(made), refused).as(400).at("/message/0").asString())
          .as(odd)
          .isEqualTo("healthEndpoint must be a path or a URL address");
    }
  }

  @Test
  void a_tool_in_use_is_neither_switched_off_nor_deleted() {
    var made = made(served(name("used")));
    var agent =
        platform
            .post(
                platform.ada,
                "/agents",
                json("{'name':'Customer Support Bot','instructionId':'i1'}")
                    .set("toolIds", Json.array().add(made.path("_id").asString())))
            .as(201);
    assertThat(agent.at("/toolIds/0")).isEqualTo(made.path("_id"));
    assertThat(agent.path("status").asString()).isEqualTo("active");
    var title = made.path("name").asString();
    for (var action : List.of("deactivate", "delete")) {
      var refused =
          (action.equals("delete")
                  ? platform.delete(platform.ada, path(made))
                  : platform.patch(
                      platform.ada,
                      path(made),
                      json("{'status':'inactive','endpoint':'http://127.0.0.1:9/moved'}")))
              .as(409);
      assertThat(refused.path("message").asString())
          .isEqualTo(
              "Cannot %s tool '%s'. It is in use by 1 active agent: Customer Support Bot"
                  .formatted(action, title));
      assertThat(refused.at("/details/activeAgents/0/id")).isEqualTo(agent.path("_id"));
      assertThat(refused.at("/details/action").asString()).isEqualTo(action);
      assertThat(platform.get(platform.ada, path(made)).as(200).path("endpoint"))
          .isEqualTo(made.path("endpoint"));
    }
    // An error may be said of it, and taken back.
    assertThat(
            platform
                .patch(platform.ada, path(made), json("{'status':'error'}"))
                .as(200)
                .path("status")
                .asString())
        .isEqualTo("error");
    var deleted = platform.delete(platform.ada, path(made) + "?force=true").as(200);
    assertThat(deleted.path("status").asString()).isEqualTo("inactive");
    assertThat(deleted.path("deletedAt").asString()).endsWith("Z");
    assertThat(platform.get(platform.ada, path(made)).as(404).path("message").asString())
        .isEqualTo("Tool with ID " + made.path("_id").asString() + " not found");
    assertThat(platform.get(platform.ada, "/tools/nothing").as(404).path("message").asString())
        .isEqualTo("Tool with ID nothing not found");
    var again = made(served(title));
    assertThat(again.path("_id")).isNotEqualTo(made.path("_id"));
  }

  @Test
  void an_inactive_tool_is_not_for_new_agents() {
    var made = made(served(name("off")));
    platform.patch(platform.ada, path(made), json("{'status':'inactive'}")).as(200);
    var id = made.path("_id").asString();
    var body = json("{'name':'A','instructions':'x'}");
    body.putArray("toolIds").add(id).add("nothing");
    assertThat(platform.post(platform.ada, "/agents", body).as(400).path("message"))
        .extracting(JsonNode::asString)
        .containsExactlyInAnyOrder(
            "Tool with ID " + id + " is inactive", "Tool with ID nothing not found");
    var names =
        platform.one("select name from definition where id = 'tool_" + id + "'", String.class);
    var other = json("{'name':'A','instructions':'x'}");
    other.putArray("tools").add(names);
    var refused = platform.post(platform.ada, "/agents/create", other).as(400);
    assertThat(refused.path("message").asString()).contains("inactive", names);
  }

  @Test
  void a_call_reaches_the_server_through_the_one_path() {
    var made = made(served(name("call")).put("endpoint", remote.url()));
    var called =
        platform
            .post(platform.ada, path(made) + "/execute", json("{'parameters':{'query':'cats'}}"))
            .as(200);
    assertThat(called.path("result").asString()).isEqualTo("{\"query\":\"cats\"}");
    assertThat(called.path("message").asString()).isEqualTo("Tool executed successfully");
    assertThat(
            platform
                .post(platform.ada, path(made) + "/execute", json("{'parameters':{}}"))
                .status())
        .isEqualTo(422);
    assertThat(
            platform.one(
                "select count(*) from call where door = 'catalog' and outcome = 'succeeded'",
                Integer.class))
        .isGreaterThanOrEqualTo(1);
  }

  @Test
  void health_brings_a_tool_into_error_and_back() {
    HEALTH.set(503);
    var made = made(served(name("health")));
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() ->
            platform
                .get(platform.ada, path(made))
                .body()
                .path("status")
                .asString()
                .equals("error"));
    var shown = platform.get(platform.ada, path(made)).as(200);
    assertThat(shown.path("statusMessage").asString()).contains("/health answered 503");
    assertThat(platform.post(platform.ada, path(made) + "/execute", Json.object()).status())
        .isEqualTo(409);
    HEALTH.set(200);
    var health = platform.post(platform.ada, path(made) + "/health-check", Json.object()).as(200);
    assertThat(health.path("health_status").asString()).isEqualTo("healthy");
    var back = platform.get(platform.ada, path(made)).as(200);
    assertThat(back.path("status").asString()).isEqualTo("active");
    assertThat(back.path("lastHealthCheck").asString()).endsWith("Z");
    // Once it was well, one failure is not yet an error.
    HEALTH.set(500);
    for (var failures = 1; failures <= 3; failures++) {
      platform.post(platform.ada, path(made) + "/health-check", Json.object()).as(200);
      assertThat(platform.get(platform.ada, path(made)).body().path("status").asString())
          .isEqualTo(failures < 3 ? "active" : "error");
    }
    HEALTH.set(200);
    assertThat(
            platform.one(
                "select count(*) from audit where event = 'tool_health_changed' and subject = 'tool_%s'"
                    .formatted(made.path("_id").asString()),
                Integer.class))
        .isEqualTo(3);
  }

  @Test
  void another_workspace_sees_what_an_admin_publishes_and_nothing_of_its_place() {
    var own = made(served(name("own")));
    var published = platform.post(platform.root, "/tools", served(name("published"))).as(201);
    assertThat(platform.get(platform.eve, path(own)).status()).isEqualTo(404);
    var seen = platform.get(platform.eve, path(published)).as(200);
    assertThat(seen.path("scope").asString()).isEqualTo("public");
    for (var hidden : List.of("dockerImage", "endpoint", "port")) {
      assertThat(seen.path(hidden).asString("")).as(hidden).isEmpty();
    }
    assertThat(seen.at("/owner/userId").isNull()).isTrue();
    assertThat(seen.path("environment")).isEmpty();
    platform.delete(platform.root, path(published)).as(200);
  }

  @Test
  void whoever_signs_in_gets_a_token_and_a_cookie() throws Exception {
    var user = name("signer");
    platform
        .post(
            platform.root,
            "/api/users",
            json("{'password':'correct horse','role':'member','scope':0}").put("username", user))
        .as(201);
    var login = json("{'password':'correct horse'}").put("username", user);
    var answer = platform.send(platform.request("POST", "/auth/login", Json.write(login)));
    var token = answer.as(200).path("accessToken").asString();
    assertThat(answer.body().path("expiresIn").asInt()).isBetween(2_591_000, 2_592_000);
    var cookie = answer.headers().firstValue("Set-Cookie").orElse("");
    assertThat(cookie).startsWith("accessToken=" + token).contains("HttpOnly", "SameSite=Lax");
    var me =
        platform
            .send(
                platform
                    .request("GET", "/auth/me", null)
                    .header("Cookie", cookie.substring(0, cookie.indexOf(';'))))
            .as(200);
    assertThat(me.path("username").asString()).isEqualTo(user);
    var bearer = "Bearer " + token;
    var renewed =
        platform
            .send(platform.request("POST", "/auth/refresh", "{}").header("Authorization", bearer))
            .as(200)
            .path("accessToken")
            .asString();
    var refused =
        platform
            .send(platform.request("GET", "/tools", null).header("Authorization", bearer))
            .as(401);
    assertThat(refused.path("statusCode").asInt()).isEqualTo(401);
    assertThat(refused.path("message").asString()).isEqualTo("Unauthorized");
    assertThat(refused.path("error").asString()).isEqualTo("Unauthorized");
    platform
        .send(
            platform
                .request("POST", "/auth/logout", "{}")
                .header("Authorization", "Bearer " + renewed))
        .as(200);
    var member = platform.newUser(Role.MEMBER);
    platform.post(member, "/auth/refresh", Json.object()).as(200);
    // A token that was made for a program is not replaced.
    platform.get(member, "/tools").as(200);
    login.put("password", "wrong");
    assertThat(platform.send(platform.request("POST", "/auth/login", Json.write(login))).status())
        .isEqualTo(401);
  }
}
