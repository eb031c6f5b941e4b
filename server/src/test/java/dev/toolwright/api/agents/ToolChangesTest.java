package dev.toolwright.api.agents;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.account.Role;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a change of a tool changes and keeps, and who may use what they see.
@SuppressWarnings("NullAway.Init")
class ToolChangesTest {
  private static final String ECHO = "def run(parameters, context):\n    return parameters\n";
  private static TestPlatform platform;
  private static Remote remote;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    remote = new Remote();
  }

  @AfterAll
  static void close() {
    remote.close();
    platform.close();
  }

  private static ObjectNode shown(User user, String tool) {
    return (ObjectNode) platform.get(user, "/agents/tools/" + tool).as(200).path("tool");
  }

  private static double spent(User user) {
    return platform.one(
        "select spent from user_meter where user_id = '" + user.caller().userId() + "'",
        Double.class);
  }

  private static String withToken(String path, String token) {
    var tool = name("token");
    var body = http(tool, "GET", remote.url() + path);
    ((ObjectNode) body.path("implementation"))
        .putObject("auth")
        .put("type", "bearer")
        .put("token", token);
    platform.tool(platform.ada, body);
    return tool;
  }

  private static int secrets() {
    return platform.one("select count(*) from secret", Integer.class);
  }

  private static JsonNode put(String tool, String body, int status) {
    return platform.put(platform.ada, "/agents/tools/" + tool, json(body)).as(status);
  }

  private static String authorization(String tool) {
    platform.test(platform.ada, tool, json("{}"));
    return String.valueOf(remote.last().header("Authorization"));
  }

  @Test
  void another_url_of_the_same_host_keeps_the_token_and_another_host_needs_it_again() {
    var tool = withToken("/one", "tok-first-0123456789");
    put(tool, "{'implementation':{'url':'" + remote.url() + "/two','method':'GET'}}", 200);
    assertThat(authorization(tool)).isEqualTo("Bearer tok-first-0123456789");
    assertThat(remote.last().target()).isEqualTo("/two");

    var elsewhere = platform.sink.baseUrl().toString();
    var refused = put(tool, "{'implementation':{'url':'" + elsewhere + "/','method':'GET'}}", 400);
    assertThat(refused.path("message").asString()).contains("implementation.auth", "given again");
    put(tool, "{'implementation':{'url':'" + elsewhere + "/','auth':{'type':'none'}}}", 200);
    assertThat(shown(platform.ada, tool).path("implementation").path("auth"))
        .isEqualTo(json("{'type':'none'}"));
  }

  @Test
  void a_token_that_is_replaced_or_dropped_is_stored_no_more() {
    var before = secrets();
    var tool = withToken("/rotate", "tok-first-0123456789");
    var stored = secrets();
    put(
        tool,
        "{'implementation':{'url':'%s/rotate','auth':{'type':'bearer','token':'tok-second-0123456789'}}}"
            .formatted(remote.url()),
        200);
    assertThat(authorization(tool)).isEqualTo("Bearer tok-second-0123456789");
    assertThat(secrets()).isEqualTo(stored);
    put(
        tool,
        "{'implementation':{'url':'%s/rotate','auth':{'type':'none'}}}".formatted(remote.url()),
        200);
    assertThat(secrets()).isEqualTo(before);
    var other = withToken("/rotate", "tok-third-0123456789");
    platform.delete(platform.ada, "/agents/tools/" + other).as(200);
    assertThat(secrets()).isEqualTo(before);
  }

  @Test
  void what_is_said_of_a_behaviour_is_merged_over_what_it_is() {
    var pure = name("pure");
    var body = function(pure, ECHO);
    body.putObject("behavior").put("destructive", false);
    platform.tool(platform.ada, body);
    assertThat(shown(platform.ada, pure).path("behavior"))
        .isEqualTo(
            json("{'destructive':false,'idempotent':true,'open_world':false,'read_only':true}"));

    var delete = name("delete");
    platform.tool(platform.ada, http(delete, "DELETE", "http://example.com/"));
    put(delete, "{'behavior':{'open_world':false}}", 200);
    assertThat(shown(platform.ada, delete).path("behavior"))
        .isEqualTo(
            json("{'destructive':true,'idempotent':true,'open_world':false,'read_only':false}"));
    put(delete, "{'behavior':{'destructive':false}}", 200);
    assertThat(shown(platform.ada, delete).path("behavior"))
        .isEqualTo(
            json("{'destructive':false,'idempotent':true,'open_world':false,'read_only':false}"));

    var get = name("get");
    platform.tool(platform.ada, http(get, "GET", "http://example.com/"));
    put(get, "{'behavior':{'read_only':false}}", 200);
    assertThat(shown(platform.ada, get).path("behavior").path("idempotent").asBoolean()).isFalse();
  }

  @Test
  void a_change_of_nothing_costs_nothing() {
    var user = platform.newUser(Role.MEMBER);
    var tool = name("same");
    platform.tool(user, function(tool, ECHO));
    var path = "/agents/tools/" + tool;
    var before = spent(user);
    var same = shown(user, tool);
    platform.test(user, tool, json("{}"));
    assertThat(platform.put(user, path, same).as(200).path("version").asInt()).isEqualTo(1);
    platform.put(user, path, json("{'name':'" + tool + "','tool_type':'code_execution'}")).as(200);
    assertThat(spent(user)).isEqualTo(before + 0.5);
    platform.put(user, path, json("{'category':'math'}")).as(200);
    assertThat(platform.put(user, path, same.put("category", "math")).as(200).path("version"))
        .isEqualTo(Json.object().put("v", 2).get("v"));
    assertThat(spent(user)).isEqualTo(before + 1.5);
  }

  @Test
  void what_the_server_sets_cannot_be_changed() {
    var tool = name("fixed");
    platform.tool(platform.ada, function(tool, ECHO));
    for (var field :
        List.of(
            "'name':'other'",
            "'tool_name':'other'",
            "'tool_type':'api_endpoint'",
            "'tool_id':'tool_0'",
            "'creator_name':'eve'",
            "'created_at':'2020-01-01T00:00:00Z'",
            "'version':2")) {
      var refused = put(tool, "{" + field + "}", 400);
      assertThat(refused.path("message").asString())
          .startsWith(field.substring(1, field.indexOf(':') - 1) + " ");
    }
    assertThat(shown(platform.ada, tool).path("version").asInt()).isEqualTo(1);
  }

  @Test
  void what_an_agent_shows_can_be_sent_back() {
    var agent = platform.agent(platform.ada, "word_count");
    var path = "/agents/" + agent;
    var shown = (ObjectNode) platform.get(platform.ada, path).as(200);
    assertThat(shown.has("agent")).isFalse();
    platform.put(platform.ada, path, shown).as(200);
    platform.put(platform.ada, path, shown.put("name", "Renamed")).as(200);
    for (var field :
        List.of("'agent_id':'x'", "'is_owner':false", "'owner':'eve'", "'version':99")) {
      platform.put(platform.ada, path, json("{" + field + "}")).as(400);
    }
  }

  @Test
  void a_tool_is_not_named_like_an_id() {
    var refused =
        platform
            .post(
                platform.ada,
                "/agents/tools/create",
                function("tool_0123456789abcdef01234567", ECHO))
            .as(400);
    assertThat(refused.path("message").asString()).isEqualTo("name is reserved");
    platform.tool(platform.ada, function("tool_0123456789abcdef0123456", ECHO));
  }

  @Test
  void an_admin_sees_and_changes_every_tool_but_uses_only_what_a_member_could() {
    var tool = name("bobs");
    var id = platform.tool(platform.bob, function(tool, ECHO));
    assertThat(shown(platform.root, tool).path("implementation").path("code").asString())
        .isEqualTo(ECHO);
    platform.put(platform.root, "/agents/tools/" + tool, json("{'category':'seen'}")).as(200);
    var test = "/agents/tools/" + tool + "/test";
    var refused = platform.post(platform.root, test, json("{}")).as(403);
    assertThat(refused.path("message").asString()).contains("share it with yourself");
    for (var one : List.of(tool, id)) {
      var agent = json("{'name':'n','instructions':'i','tools':['" + one + "']}");
      platform.post(platform.root, "/agents/create", agent).as(403);
      var call =
          json(
              "{'jsonrpc':'2.0','id':1,'method':'tools/call','params':{'name':'%s','arguments':{}}}"
                  .formatted(one));
      assertThat(platform.post(platform.root, "/mcp", call).as(200).path("error").toString())
          .contains("Unknown tool");
    }
    var share = json("{'grant_access':true}");
    share.putArray("user_ids").add(platform.root.caller().userId());
    platform.post(platform.root, "/agents/tools/" + tool + "/share", share).as(200);
    platform.test(platform.root, tool, json("{}"));
  }

  @Test
  void the_tools_that_a_shared_agents_user_has_not_are_named_in_the_result() {
    var tool = name("owners");
    platform.tool(platform.ada, function(tool, ECHO));
    var agent = platform.agent(platform.ada, tool, "word_count");
    platform.sql("update definition set visibility = 'org' where id = '" + agent + "'");
    var job = platform.ended(platform.bob, agent, "SAY without");
    assertThat(job.path("result").path("tools_left_out")).isEqualTo(Json.array().add(tool));
    var own = platform.ended(platform.ada, agent, "SAY with");
    assertThat(own.path("result").has("tools_left_out")).isFalse();
  }

  @Test
  void lists_are_filtered_counted_and_cut_where_they_are_stored() {
    var user = platform.newUser(Role.MEMBER);
    var names = new ArrayList<String>();
    for (var i = 0; i < 5; i++) {
      var tool = name("page");
      names.addFirst(tool);
      platform.tool(user, function(tool, ECHO).put("category", i < 3 ? "left" : "right"));
    }
    var all = platform.get(user, "/agents/tools?categories=left&categories=right").as(200);
    assertThat(all.path("count").asInt()).isEqualTo(5);
    assertThat(all.toString()).doesNotContain("return parameters");
    var page = platform.get(user, "/agents/tools?categories=left&page=2&limit=2").as(200);
    assertThat(page.path("count").asInt()).isEqualTo(3);
    assertThat(page.path("tools")).hasSize(1);
    assertThat(page.path("tools").get(0).path("name").asString()).isEqualTo(names.getLast());
    var beyond = platform.get(user, "/agents/tools?categories=left&page=2147483647").as(200);
    assertThat(beyond.path("tools")).isEmpty();
    assertThat(beyond.path("count").asInt()).isEqualTo(3);
    platform.agent(user);
    platform.agent(user);
    var agents = platform.get(user, "/agents/list?limit=1").as(200);
    assertThat(agents.path("agents")).hasSize(1);
    assertThat(agents.path("count").asInt()).isEqualTo(2);
  }
}
