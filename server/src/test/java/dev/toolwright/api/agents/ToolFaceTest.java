package dev.toolwright.api.agents;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;

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

/// Tools on the Agents face, on the whole server.
@SuppressWarnings("NullAway.Init")
class ToolFaceTest {
  private static final String ECHO = "def run(parameters, context):\n    return parameters\n";
  private static TestPlatform platform;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static JsonNode shown(User user, String tool) {
    return platform.get(user, "/agents/tools/" + tool).as(200).path("tool");
  }

  private static JsonNode share(User by, String tool, boolean give, String... users) {
    var body = Json.object().put("grant_access", give);
    List.of(users).forEach(body.putArray("user_ids")::add);
    return platform.post(by, "/agents/tools/" + tool + "/share", body).as(200);
  }

  private static List<String> messages(JsonNode error) {
    var messages = new ArrayList<String>();
    error.path("message").forEach(message -> messages.add(message.asString()));
    return messages.isEmpty() ? List.of(error.path("message").asString()) : messages;
  }

  @Test
  void every_answer_has_the_fields_of_the_contract() {
    var tool = name("shape");
    var created = platform.post(platform.ada, "/agents/tools/create", function(tool, ECHO)).as(200);
    assertThat(created.propertyNames())
        .containsExactlyInAnyOrder("response", "tool_id", "tool_name", "message");
    assertThat(created.path("message").asString()).isEqualTo("Tool created successfully");

    assertThat(shown(platform.ada, tool).propertyNames())
        .contains(
            "tool_id",
            "tool_name",
            "description",
            "category",
            "tool_type",
            "parameters_schema",
            "implementation",
            "requires_auth",
            "max_execution_time_ms",
            "is_shared",
            "creator_name",
            "created_at",
            "version",
            "usage_stats");
    assertThatObject(shown(platform.ada, tool))
        .returns("ada", t -> t.path("creator_name").asString())
        .returns("general", t -> t.path("category").asString())
        .returns(30_000, t -> t.path("max_execution_time_ms").asInt())
        .returns(1, t -> t.path("version").asInt());
    assertThat(shown(platform.ada, tool).path("created_at").asString())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");

    var usable = platform.get(platform.ada, "/agents/tools").as(200);
    assertThat(usable.path("count").asInt()).isEqualTo(usable.path("tools").size());
    assertThat(usable.path("tools").get(0).propertyNames())
        .contains(
            "name", "category", "description", "parameters_schema", "tool_type", "requires_auth");
    var listed = platform.get(platform.ada, "/agents/tools/list?created_by_me=true").as(200);
    assertThat(listed.path("tools").get(0).propertyNames())
        .contains(
            "tool_name",
            "description",
            "category",
            "tool_type",
            "created_at",
            "is_shared",
            "usage_stats");
    assertThat(listed.path("tools").get(0).path("usage_stats").propertyNames())
        .containsExactlyInAnyOrder("usage_count", "last_used", "avg_execution_time_ms");

    var tested = platform.test(platform.ada, tool, json("{'a':1}"));
    assertThat(tested.propertyNames())
        .contains("response", "success", "result", "execution_time_ms", "logs");
    assertThat(tested.path("result")).isEqualTo(json("{'a':1}"));
    var updated =
        platform.put(platform.ada, "/agents/tools/" + tool, json("{'description':'new'}")).as(200);
    assertThat(updated.propertyNames()).contains("response", "tool_id", "tool_name", "message");
    assertThat(share(platform.ada, tool, true, platform.bob.caller().userId()).propertyNames())
        .containsExactlyInAnyOrder("response", "message");
  }

  @Test
  void every_fault_is_told_at_once_with_its_field() {
    var body = json("{'name':'1x','tool_type':'function','category':'A B','colour':'red'}");
    body.put("max_execution_time_ms", 5);
    body.putObject("implementation").put("code", "def run(:\n");
    body.putObject("parameters_schema").put("type", "object").put("required", "name");
    var refused = platform.post(platform.ada, "/agents/tools/create", body).as(400);
    assertThat(messages(refused))
        .anyMatch(m -> m.startsWith("name "))
        .anyMatch(m -> m.startsWith("category "))
        .anyMatch(m -> m.startsWith("max_execution_time_ms "))
        .anyMatch(m -> m.contains("colour"))
        .anyMatch(m -> m.startsWith("parameters_schema.required"))
        .anyMatch(m -> m.startsWith("implementation.code ") && m.contains("line 1, column"));
    assertThat(refused.path("response").asString()).isEqualTo("400");
    assertThat(refused.path("error").asString()).isEqualTo("Bad Request");
  }

  @Test
  void a_name_is_unique_while_its_tool_lives_and_some_are_reserved() {
    var tool = name("taken");
    platform.tool(platform.ada, function(tool, ECHO));
    var taken = platform.post(platform.bob, "/agents/tools/create", function(tool, ECHO)).as(409);
    assertThat(taken.path("details").path("name").asString()).isEqualTo(tool);
    platform.delete(platform.ada, "/agents/tools/" + tool).as(200);
    platform.tool(platform.bob, function(tool, ECHO));
    for (var reserved : List.of("create", "list", "templates")) {
      platform.post(platform.ada, "/agents/tools/create", function(reserved, ECHO)).as(400);
    }
  }

  @Test
  void only_changes_make_versions() {
    var tool = name("versions");
    platform.tool(platform.ada, function(tool, ECHO));
    var path = "/agents/tools/" + tool;
    assertThatObject(platform.put(platform.ada, path, json("{'category':'math'}")).as(200))
        .returns(2, answer -> answer.path("version").asInt());
    assertThatObject(shown(platform.ada, tool))
        .returns("A tool of a test", t -> t.path("description").asString())
        .returns("math", t -> t.path("category").asString());
    var unchanged = (ObjectNode) shown(platform.ada, tool).deepCopy();
    assertThat(platform.put(platform.ada, path, unchanged).as(200).path("version").asInt())
        .isEqualTo(2);
    platform.put(platform.bob, path, json("{'category':'x'}")).as(404);
    share(platform.ada, tool, true, platform.bob.caller().userId());
    platform.put(platform.bob, path, json("{'category':'x'}")).as(403);
    platform.delete(platform.bob, path).as(403);
    platform.put(platform.root, path, json("{'category':'admins'}")).as(200);
  }

  @Test
  void what_a_tool_does_follows_from_its_kind_unless_it_is_said() {
    var pure = name("pure");
    platform.tool(platform.ada, function(pure, ECHO));
    assertThat(shown(platform.ada, pure).path("behavior"))
        .isEqualTo(
            json("{'destructive':false,'idempotent':true,'open_world':false,'read_only':true}"));
    for (var method : List.of("GET", "POST", "PUT", "DELETE", "PATCH")) {
      var tool = name("method");
      platform.tool(platform.ada, http(tool, method, "http://example.com/"));
      var behavior = shown(platform.ada, tool).path("behavior");
      assertThat(behavior.path("read_only").asBoolean()).isEqualTo(method.equals("GET"));
      assertThat(behavior.path("idempotent").asBoolean())
          .isEqualTo(List.of("GET", "PUT", "DELETE").contains(method));
    }
    var said = name("said");
    var body = http(said, "POST", "http://example.com/");
    body.putObject("behavior").put("idempotent", true);
    platform.tool(platform.ada, body);
    assertThat(shown(platform.ada, said).path("behavior").path("idempotent").asBoolean()).isTrue();
  }

  @Test
  void a_private_tool_is_nobody_elses_until_it_is_shared() {
    var tool = name("private");
    platform.tool(platform.ada, function(tool, ECHO));
    platform.get(platform.bob, "/agents/tools/" + tool).as(404);
    platform.post(platform.bob, "/agents/tools/" + tool + "/test", json("{}")).as(404);
    assertThat(platform.get(platform.bob, "/agents/tools").text()).doesNotContain(tool);

    var bob = platform.bob.caller().userId();
    var shared = share(platform.ada, tool, true, bob, platform.vera.caller().userId());
    assertThat(shared.path("message").asString()).isEqualTo("Tool access granted for 2 users");
    platform.test(platform.bob, tool, json("{'x':1}"));
    assertThat(shown(platform.bob, tool).path("implementation").isNull()).isTrue();
    assertThat(platform.get(platform.bob, "/agents/tools").text()).contains(tool);
    platform.post(platform.vera, "/agents/tools/" + tool + "/test", json("{}")).as(403);

    assertThat(share(platform.ada, tool, false, bob).path("message").asString())
        .startsWith("Tool access revoked");
    platform.get(platform.bob, "/agents/tools/" + tool).as(404);
    share(platform.ada, tool, false, bob);

    var foreign = platform.eve.caller().userId();
    var body = json("{'grant_access':true}");
    body.putArray("user_ids").add(bob).add(foreign).add("user_nobody");
    var refused = platform.post(platform.ada, "/agents/tools/" + tool + "/share", body).as(404);
    assertThat(refused.path("message").asString()).contains(foreign, "user_nobody");
    platform.get(platform.bob, "/agents/tools/" + tool).as(404);
  }

  @Test
  void a_tool_of_the_workspace_is_everybodys_there_and_nobodys_elsewhere() {
    var tool = name("org");
    platform.tool(platform.ada, function(tool, ECHO).put("is_shared", true));
    platform.test(platform.bob, tool, json("{}"));
    platform.get(platform.eve, "/agents/tools/" + tool).as(404);
    platform.put(platform.ada, "/agents/tools/" + tool, json("{'is_shared':false}")).as(200);
    platform.get(platform.bob, "/agents/tools/" + tool).as(404);
  }

  @Test
  void a_tool_in_use_is_deleted_only_by_force_and_then_its_agents_have_it_no_more() {
    var tool = name("used");
    platform.tool(platform.ada, function(tool, ECHO));
    var agent = platform.agent(platform.ada, tool, "word_count");
    var refused = platform.delete(platform.ada, "/agents/tools/" + tool).as(409);
    assertThat(refused.path("details").path("activeAgents").get(0))
        .isEqualTo(Json.object().put("id", agent).put("name", "Tester"));
    assertThat(refused.path("details").path("action").asString()).isNotEmpty();
    platform.delete(platform.ada, "/agents/tools/" + tool + "?force=true").as(200);
    assertThat(platform.get(platform.ada, "/agents/" + agent).as(200).path("tools"))
        .isEqualTo(Json.array().add("word_count"));
    platform.put(platform.ada, "/agents/" + agent, json("{'temperature':0.1}")).as(200);
    assertThat(
            platform.get(platform.ada, "/agents/list").as(200).path("agents").get(0).path("tools"))
        .isEqualTo(Json.array().add("word_count"));
    var job = platform.ended(platform.ada, agent, "UNKNOWN_TOOL %s\n---\nSAY fine".formatted(tool));
    assertThat(job.path("status").asString()).isEqualTo("completed");
    assertThat(job.path("result").path("tool_calls").get(0).path("error_type").asString())
        .isEqualTo("unknown_tool");
  }

  @Test
  void calls_are_recorded_counted_and_charged_once() {
    var user = platform.newUser(Role.MEMBER);
    var tool = name("counted");
    platform.tool(user, function(tool, ECHO));
    var spent = "select spent from user_meter where user_id = '" + user.caller().userId() + "'";
    assertThat(platform.one(spent, Double.class)).isEqualTo(2.0);
    var first = platform.test(user, tool, json("{'a':1}"));
    platform.test(user, tool, json("{'a':2}"));
    assertThat(platform.one(spent, Double.class)).isEqualTo(3.0);
    assertThatObject(shown(user, tool).path("usage_stats"))
        .returns(2, s -> s.path("usage_count").asInt())
        .returns(true, s -> s.path("avg_execution_time_ms").asDouble() > 0)
        .returns(true, s -> s.path("last_used").isString());
    assertThat(
            platform.one(
                "select input::text || output::text || outcome || door from call where id = '"
                    + first.path("call_id").asString()
                    + "'",
                String.class))
        .isEqualTo("{\"a\":1}{\"a\":1}succeededtest");
    assertThat(
            platform.one(
                "select count(*) from credit_entry where kind = 'charge' and amount = 0.5 and user_id = '"
                    + user.caller().userId()
                    + "'",
                Integer.class))
        .isEqualTo(2);
  }

  @Test
  void arguments_that_do_not_fit_are_422_and_cost_nothing() {
    var user = platform.newUser(Role.MEMBER);
    var tool = name("strict");
    var body = function(tool, ECHO);
    body.set(
        "parameters_schema",
        json(
            "{'type':'object','required':['n','list'],'properties':{'n':{'type':'integer','minimum':1},"
                + "'list':{'type':'array','items':{'type':'object','required':['id']}}}}"));
    platform.tool(user, body);
    var refused =
        platform
            .post(
                user,
                "/agents/tools/" + tool + "/test",
                json("{'parameters':{'n':0,'list':[{'id':1},{}]}}"))
            .as(422);
    assertThat(messages(refused))
        .anyMatch(m -> m.startsWith("n "))
        .contains("list[1].id is required");
    assertThat(refused.path("details").path("example").isObject()).isTrue();
    assertThat(
            platform.one(
                "select spent from user_meter where user_id = '" + user.caller().userId() + "'",
                Double.class))
        .isEqualTo(2.0);
  }

  @Test
  void a_tool_that_fails_answers_200_with_its_error_and_logs() {
    var tool = name("fails");
    platform.tool(
        platform.ada,
        function(
            tool,
            "def run(parameters, context):\n    print('before')\n    raise ValueError('no\\x00pe')\n"));
    var tested = platform.test(platform.ada, tool, json("{}"));
    assertThatObject(tested)
        .returns(false, t -> t.path("success").asBoolean())
        .returns("execution_error", t -> t.path("error_type").asString())
        .returns(true, t -> t.path("result").isNull());
    assertThat(tested.path("logs").get(0).asString()).isEqualTo("before");
    assertThat(tested.path("execution_time_ms").isNumber()).isTrue();

    var reports = name("reports");
    platform.tool(
        platform.ada,
        function(
            reports,
            "def run(parameters, context):\n    return {'success': False, 'error': 'sold out', 'error_type': 'stock', 'left': 0}\n"));
    assertThatObject(platform.test(platform.ada, reports, json("{}")))
        .returns("sold out", t -> t.path("error").asString())
        .returns("stock", t -> t.path("error_type").asString())
        .returns(0, t -> t.path("result").path("left").asInt(-1));
  }

  @Test
  void without_credits_nothing_happens_and_the_answer_is_402() {
    var user = platform.newUser(Role.MEMBER);
    var id = user.caller().userId();
    platform.sql(
        "insert into user_meter (workspace_id, user_id, credit_limit) values ('%s', '%s', 2.4)"
            .formatted(user.caller().workspaceId(), id));
    var tool = name("poor");
    platform.tool(user, function(tool, ECHO));
    platform.post(user, "/agents/tools/create", function(name("second"), ECHO)).as(402);
    platform.post(user, "/agents/tools/" + tool + "/test", json("{}")).as(402);
    platform.put(user, "/agents/tools/" + tool, json("{'category':'x'}")).as(402);
    assertThat(shown(user, tool).path("version").asInt()).isEqualTo(1);
    var agent = platform.one("select id from definition where name = 'Clerk'", String.class);
    assertThat(agent).startsWith("asst_");
    assertThat(
            platform.one(
                "select spent + reserved from user_meter where user_id = '" + id + "'",
                Double.class))
        .isEqualTo(2.0);
    assertThat(
            platform.one(
                "select count(*) from credit_entry where user_id = '" + id + "'", Integer.class))
        .isEqualTo(1);
  }

  @Test
  void lists_are_whole_unless_a_page_is_asked_for() {
    var user = platform.newUser(Role.MEMBER);
    for (var i = 0; i < 55; i++) {
      platform.tool(user, http(name("many"), "GET", "http://example.com/"));
    }
    var path = "/agents/tools/list?created_by_me=true";
    assertThat(platform.get(user, path).as(200).path("tools")).hasSize(55);
    var page = platform.get(user, path + "&page=2&limit=50").as(200);
    assertThat(page.path("tools")).hasSize(5);
    assertThat(page.path("count").asInt()).isEqualTo(55);
    assertThat(platform.get(user, path + "&page=9").as(200).path("tools")).isEmpty();
    assertThat(platform.get(user, path + "&limit=1000").as(200).path("tools")).hasSize(55);
    platform.get(user, path + "&limit=0").as(400);
    platform.get(user, path + "&page=x").as(400);
  }

  @Test
  void schemas_that_never_end_or_lead_elsewhere_are_refused_or_harmless() {
    for (var schema :
        List.of(
            "{'type':'object','$ref':'#'}",
            "{'type':'object','properties':{'a':{'$ref':'#/properties/a'}}}",
            "{'type':'object','properties':{'a':{'$ref':'http://127.0.0.1:1/x'}}}",
            "{'type':'object','properties':{'default':{'$ref':'http://127.0.0.1:1/x'}}}",
            "{'type':'object','properties':{'a':{'$dynamicRef':'http://127.0.0.1:1/x'}}}",
            "{'type':'object','$schema':'http://127.0.0.1:1/x'}",
            "{'type':'object','properties':{'a':{'pattern':'(a)\\\\1'}}}",
            "{'type':'object','patternProperties':{'(?=a)':{}}}",
            "{'type':'string'}")) {
      var tool = name("schema");
      var body = function(tool, ECHO);
      body.set("parameters_schema", json(schema));
      var made = platform.post(platform.ada, "/agents/tools/create", body);
      if (made.status() == 200) {
        var called =
            platform.post(
                platform.ada,
                "/agents/tools/" + tool + "/test",
                json("{'parameters':{'a':'x','default':1}}"));
        assertThat(called.status()).as(schema).isIn(200, 422);
      } else {
        assertThat(messages(made.as(400)).getFirst()).as(schema).startsWith("parameters_schema");
      }
    }
    var numbers = name("numbers");
    var body = function(numbers, ECHO);
    body.set(
        "parameters_schema",
        json("{'type':'object','properties':{'n':{'type':'integer','multipleOf':3}}}"));
    platform.tool(platform.ada, body);
    for (var number : List.of("1e999999999", "-1e999999999", "1e-999999999", "'1e999999999'")) {
      assertThat(
              platform
                  .post(
                      platform.ada,
                      "/agents/tools/" + numbers + "/test",
                      json("{'parameters':{'n':" + number + "}}"))
                  .status())
          .as(number)
          .isIn(200, 400, 422);
    }
  }
}
