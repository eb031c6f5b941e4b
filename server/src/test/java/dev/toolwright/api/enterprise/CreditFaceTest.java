package dev.toolwright.api.enterprise;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.account.Role;
import dev.toolwright.json.Json;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Prices, limits and statements, on the whole server.
@SuppressWarnings("NullAway.Init")
class CreditFaceTest {
  private static final String CODE = "def run(parameters, context):\n    return 1\n";
  private static TestPlatform platform;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static String path(User user) {
    return "/api/users/" + user.caller().userId() + "/credits";
  }

  private static JsonNode credits(User user) {
    return platform.get(user, "/api/users/me/credits").as(200);
  }

  private static BigDecimal spent(User user) {
    return credits(user).path("spent").decimalValue();
  }

  private static List<String> entries(JsonNode statement) {
    var found = new ArrayList<String>();
    for (var entry : statement.path("entries")) {
      found.add(
          "%s %s %s, then %s and %s"
              .formatted(
                  entry.path("kind").asString(),
                  entry.path("action").asString(""),
                  entry.path("amount"),
                  entry.path("balance").path("spent"),
                  entry.path("balance").path("reserved")));
    }
    return found;
  }

  /// Creates a tool and an agent, tests the tool and runs the agent.
  private static String work(User user) {
    var tool = name("worked");
    platform.tool(user, function(tool, CODE));
    platform.put(user, "/agents/tools/" + tool, json("{'description':'better'}")).as(200);
    platform.test(user, tool, Json.object());
    var agent = platform.agent(user, tool);
    platform.put(user, "/agents/" + agent, json("{'name':'better'}")).as(200);
    platform.ended(user, agent, "SAY done");
    return tool;
  }

  @Test
  void a_statement_shows_every_movement_at_its_price_with_the_balance_after_it() {
    var user = platform.newUser(Role.MEMBER);
    work(user);
    var statement = platform.get(user, "/api/users/me/credits/statement").as(200);
    assertThat(entries(statement))
        .containsExactly(
            "settle agent_run 5, then 10.5 and 0",
            "reserve agent_run 5, then 5.5 and 5",
            "charge agent_update 1, then 5.5 and 0",
            "charge agent_create 1, then 4.5 and 0",
            "charge tool_test 0.5, then 3.5 and 0",
            "charge tool_update 1, then 3 and 0",
            "charge tool_create 2, then 2 and 0");
    assertThat(statement.path("count").asInt()).isEqualTo(7);
    assertThat(statement.path("spent").decimalValue()).isEqualByComparingTo("10.5");
    var last = statement.path("entries").path(0);
    assertThat(last.path("from").asString()).isEqualTo("reserved");
    assertThat(last.path("to").asString()).isEqualTo("spent");
    var page = platform.get(user, "/api/users/me/credits/statement?page=2&limit=3").as(200);
    assertThat(entries(page))
        .containsExactly(
            "charge agent_create 1, then 4.5 and 0",
            "charge tool_test 0.5, then 3.5 and 0",
            "charge tool_update 1, then 3 and 0");
    assertThat(page.path("count").asInt()).isEqualTo(7);
    assertThat(page.path("credit_limit").isNull()).isTrue();
  }

  @Test
  void a_statement_of_a_period_keeps_its_balances() {
    var user = platform.newUser(Role.MEMBER);
    work(user);
    platform.sql(
        "update credit_entry set at = at - interval '10 days' where user_id = '%s' and action in ('tool_create', 'tool_update')"
            .formatted(user.caller().userId()));
    var day =
        platform.one(
            "select to_char(now() at time zone 'UTC' - interval '5 days', 'YYYY-MM-DD')",
            String.class);
    var statement = "/api/users/me/credits/statement";
    assertThat(entries(platform.get(user, statement + "?to=" + day).as(200)))
        .containsExactly(
            "charge tool_update 1, then 3 and 0", "charge tool_create 2, then 2 and 0");
    var later = platform.get(user, statement + "?from=" + day + "T00:00:00Z&limit=1").as(200);
    assertThat(later.path("count").asInt()).isEqualTo(5);
    assertThat(entries(later)).containsExactly("settle agent_run 5, then 10.5 and 0");
    platform.get(user, statement + "?from=yesterday").as(400);
    platform.get(user, statement + "?from=2026-02-01&to=2026-01-01").as(400);
    platform.get(user, statement + "?page=0").as(400);
  }

  @Test
  void a_limit_stops_spending_through_every_door() {
    var user = platform.newUser(Role.MEMBER);
    var tool = work(user);
    var limited = platform.put(platform.root, path(user), json("{'limit':11}")).as(200);
    assertThat(limited.path("available").decimalValue()).isEqualByComparingTo("0.5");
    platform.post(user, "/agents/tools/create", function(name("denied"), CODE)).as(402);
    var agent = platform.get(user, "/agents/list").as(200).path("agents").path(0);
    platform
        .post(
            user,
            "/agents/execute",
            Json.object()
                .put("agent_id", agent.path("agent_id").asString())
                .put("message", "SAY no"))
        .as(402);
    platform.test(user, tool, Json.object());
    assertThat(credits(user).path("available").decimalValue()).isEqualByComparingTo("0");
    platform.post(user, "/agents/tools/" + tool + "/test", Json.object()).as(402);
    assertThat(spent(user)).isEqualByComparingTo("11");
    platform.put(platform.root, path(user), json("{'limit':null}")).as(200);
    platform.test(user, tool, Json.object());
    assertThat(credits(user).path("available").isNull()).isTrue();
  }

  @Test
  void a_call_over_mcp_costs_nothing() {
    var user = platform.newUser(Role.MEMBER);
    var tool = name("free");
    platform.tool(user, function(tool, CODE));
    var call = json("{'jsonrpc':'2.0','id':1,'method':'tools/call'}");
    call.putObject("params").put("name", tool).putObject("arguments");
    platform.post(user, "/mcp", call).as(200);
    assertThat(spent(user)).isEqualByComparingTo("2");
  }

  @Test
  void a_limit_is_a_number_of_credits_or_null() {
    for (var faulty :
        List.of("{}", "{'limit':-1}", "{'limit':'5'}", "{'limit':0.00001}", "{'limit':1e300}")) {
      platform.put(platform.root, path(platform.bob), json(faulty)).as(400);
    }
    platform.put(platform.bob, path(platform.bob), json("{'limit':5}")).as(403);
    platform.put(platform.root, path(platform.bob), json("{'limit':0.5}")).as(200);
    assertThat(credits(platform.bob).toString()).contains("\"limit\":0.5,\"spent\":0,");
    assertThat(
            platform.one(
                "select count(*) from audit where event = 'credit_limit_set' and subject = '%s'"
                    .formatted(platform.bob.caller().userId()),
                Integer.class))
        .isEqualTo(1);
    platform.put(platform.root, path(platform.bob), json("{'limit':null}")).as(200);
  }

  @Test
  void a_workspace_is_limited_by_who_looks_after_the_server() {
    var path = "/api/workspaces/" + platform.eve.caller().workspaceId() + "/credits";
    platform.put(platform.eve, path, json("{'limit':100}")).as(403);
    platform.put(platform.root, path, json("{'limit':3}")).as(200);
    platform.tool(platform.eve, function(name("first"), CODE));
    platform.post(platform.eve, "/agents/tools/create", function(name("second"), CODE)).as(402);
    var shown = platform.get(platform.eve, path).as(200);
    assertThat(shown.path("available").decimalValue()).isEqualByComparingTo("1");
    assertThat(credits(platform.eve).path("available").decimalValue()).isEqualByComparingTo("1");
    assertThat(credits(platform.eve).path("limit").isNull()).isTrue();
    platform
        .get(platform.eve, "/api/workspaces/" + platform.ada.caller().workspaceId() + "/credits")
        .as(404);
    platform.get(platform.ada, path).as(403);
  }
}
