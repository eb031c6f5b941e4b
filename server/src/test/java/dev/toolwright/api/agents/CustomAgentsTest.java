package dev.toolwright.api.agents;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

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

/// Agents made from templates, packs and other agents, shared, and judged by their last jobs.
@SuppressWarnings("NullAway.Init")
class CustomAgentsTest {
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

  private static List<String> texts(JsonNode array) {
    var texts = new ArrayList<String>();
    array.forEach(text -> texts.add(text.asString()));
    return texts;
  }

  private static double spent(User user) {
    return platform.one(
        "select coalesce(sum(amount), 0) from credit_entry where kind = 'charge' and user_id = '"
            + user.caller().userId()
            + "'",
        Double.class);
  }

  private static JsonNode custom(User user, ObjectNode body) {
    return platform.post(user, "/agents/custom/create", body).as(200);
  }

  private static JsonNode agent(User user, JsonNode made) {
    return platform.get(user, "/agents/" + made.path("agent_id").asString()).as(200);
  }

  @Test
  void twelve_templates_are_there_with_the_fields_of_the_contract() {
    var list = platform.get(platform.vera, "/agents/templates").as(200);
    assertThat(list.path("response").asString()).isEqualTo("200");
    var ids = new ArrayList<String>();
    for (var template : list.path("templates")) {
      ids.add(template.path("id").asString());
      assertThat(template.propertyNames())
          .containsExactly(
              "id", "name", "role", "description", "default_tools", "model", "temperature");
      assertThat(template.path("role")).isEqualTo(template.path("id"));
    }
    assertThat(ids)
        .containsExactly(
            "executive_assistant",
            "financial_analyst",
            "marketing_strategist",
            "hr_business_partner",
            "business_consultant",
            "researcher",
            "product_manager",
            "legal_advisor",
            "customer_service",
            "sales_director",
            "operations_manager",
            "data_scientist");
    var first = list.path("templates").get(0);
    assertThat(first.path("name").asString()).isEqualTo("Executive Assistant");
    assertThat(texts(first.path("default_tools")))
        .containsExactly("calendar_manager", "send_email", "task_manager", "document_generator");
    assertThat(first.path("model").asString()).isEqualTo("gpt-4o");
    assertThat(first.path("temperature").asDouble()).isEqualTo(0.6);
  }

  @Test
  void what_is_left_out_comes_from_the_template_and_instructions_are_appended() {
    var user = platform.newUser(Role.MEMBER);
    var tool = name("ledger");
    platform.tool(user, function(tool, CODE));
    var before = spent(user);
    var body =
        json(
            "{'name':'SaaS Financial Analyst','base_template':'financial_analyst',"
                + "'instructions':'Specialize in subscription metrics.','temperature':0.4,"
                + "'metadata':{'team':'finance'}}");
    body.putArray("tools").add(tool).add("no_such_tool");
    var made = custom(user, body);
    assertThat(spent(user) - before).isEqualTo(2.0);
    assertThat(made.path("model").asString()).isEqualTo("gpt-4o");
    assertThat(texts(made.path("tools"))).containsExactly(tool);
    assertThat(texts(made.path("skipped_tools"))).containsExactly("no_such_tool");
    assertThat(made.path("message").asString()).contains("no_such_tool");

    var shown = agent(user, made);
    var template = platform.get(user, "/agents/templates").as(200).path("templates").get(1);
    assertThat(shown.path("description")).isEqualTo(template.path("description"));
    assertThat(shown.path("temperature").asDouble()).isEqualTo(0.4);
    assertThat(shown.path("metadata").path("team").asString()).isEqualTo("finance");
    assertThat(shown.path("base_template").asString()).isEqualTo("financial_analyst");
    assertThat(shown.path("instructions").asString())
        .hasSizeGreaterThan(300)
        .endsWith("\n\nSpecialize in subscription metrics.");

    var plain = custom(user, json("{'name':'n','base_template':'executive_assistant'}"));
    assertThat(texts(plain.path("tools")).size() + texts(plain.path("skipped_tools")).size())
        .isEqualTo(4);
  }

  @Test
  void without_a_template_it_is_made_like_any_agent() {
    var made = custom(platform.ada, json("{'name':'plain','instructions':'i','description':'d'}"));
    var shown = agent(platform.ada, made);
    assertThat(shown.path("base_template").isNull()).isTrue();
    assertThat(shown.path("description").asString()).isEqualTo("d");
    assertThat(shown.path("temperature").asDouble()).isEqualTo(0.7);
    assertThat(made.path("message").asString()).isEqualTo("Custom agent created successfully");
  }

  @Test
  void faults_of_a_custom_agent_are_named_and_charge_nothing() {
    var user = platform.newUser(Role.MEMBER);
    var path = "/agents/custom/create";
    assertThat(platform.post(user, path, json("{'colour':1}")).as(400).toString())
        .contains("name is required", "instructions is required", "colour");
    assertThat(
            platform
                .post(user, path, json("{'name':'n','base_template':'nobody'}"))
                .as(400)
                .toString())
        .contains("base_template", "nobody");
    var long32k = json("{'name':'n','base_template':'researcher'}");
    long32k.put("instructions", "x".repeat(32_000));
    assertThat(platform.post(user, path, long32k).as(400).toString()).contains("instructions");
    // Somebody else's agent is no base, seen or not.
    var foreign = platform.agent(platform.bob);
    var body = json("{'name':'n'}").put("base_template", foreign);
    platform.post(user, path, body).as(400);
    platform.post(platform.root, path, body).as(400);
    assertThat(spent(user)).isZero();
  }

  @Test
  void an_agent_inherits_from_an_agent_as_it_is_then() {
    var user = platform.newUser(Role.MEMBER);
    var tool = name("vendor");
    platform.tool(user, function(tool, CODE));
    var first = json("{'name':'Tech','base_template':'business_consultant','instructions':'IT.'}");
    first.put("model", "o9").put("temperature", 0.5).putArray("tools").add(tool);
    var base = custom(user, first).path("agent_id").asString();
    var child =
        custom(user, json("{'name':'AI','instructions':'Models.'}").put("base_template", base));
    assertThat(texts(child.path("tools"))).containsExactly(tool);
    var shown = agent(user, child);
    assertThat(shown.path("model").asString()).isEqualTo("o9");
    assertThat(shown.path("instructions").asString()).endsWith("IT.\n\nModels.");
    assertThat(texts(shown.path("inherits_from"))).containsExactly(base, "business_consultant");

    platform.put(user, "/agents/" + base, json("{'instructions':'All new.'}")).as(200);
    assertThat(agent(user, child).path("instructions")).isEqualTo(shown.path("instructions"));
    platform.delete(user, "/agents/" + base + "?force=true").as(200);
    assertThat(agent(user, child).path("instructions")).isEqualTo(shown.path("instructions"));
  }

  @Test
  void inheritance_has_a_depth_and_makes_no_circle() {
    var user = platform.newUser(Role.MEMBER);
    var line = new ArrayList<String>();
    line.add("researcher");
    for (var depth = 1; depth <= 8; depth++) {
      var body = json("{'name':'n'}").put("base_template", line.getLast());
      line.add(custom(user, body).path("agent_id").asString());
    }
    var ninth = json("{'name':'n'}").put("base_template", line.getLast());
    assertThat(platform.post(user, "/agents/custom/create", ninth).as(400).toString())
        .contains("too deep", "8");

    var circle = json("{}").put("base_template", line.get(3));
    assertThat(platform.put(user, "/agents/" + line.get(1), circle).as(400).toString())
        .contains(line.get(1) + " → " + line.get(3) + " → " + line.get(2) + " → " + line.get(1));
    var other = json("{'base_template':'researcher'}");
    assertThat(platform.put(user, "/agents/" + line.get(2), other).as(400).toString())
        .contains("fixed");
    // What the server shows may be sent back.
    platform.put(user, "/agents/" + line.get(1), other.put("name", "renamed")).as(200);
  }

  @Test
  void a_pack_is_installed_whole_or_not_at_all() {
    var user = platform.newUser(Role.MEMBER);
    var packs = platform.get(user, "/agents/packs").as(200).path("packs");
    assertThat(packs).extracting(pack -> pack.path("id").asString()).contains("healthcare");
    assertThat(packs).extracting(pack -> pack.path("id").asString()).contains("fintech");
    var installed = platform.post(user, "/agents/packs/fintech/install", json("{}")).as(200);
    assertThat(installed.path("agents"))
        .extracting(agent -> agent.path("name").asString())
        .containsExactly(
            "Risk Management Director", "Product Compliance Officer", "Customer Success Manager");
    assertThat(spent(user)).isEqualTo(6.0);
    assertThat(texts(installed.path("skipped_tools"))).contains("crm_integration");
    assertThat(installed.path("message").asString()).contains("crm_integration");
    var officer = agent(user, installed.path("agents").get(1));
    assertThat(officer.path("base_template").asString()).isEqualTo("legal_advisor");

    platform.post(user, "/agents/packs/nothing/install", json("{}")).as(404);
    var poor = platform.newUser(Role.MEMBER);
    platform.sql(
        "insert into user_meter (workspace_id, user_id, credit_limit) values ('%s', '%s', 5)"
            .formatted(poor.caller().workspaceId(), poor.caller().userId()));
    platform.post(poor, "/agents/packs/healthcare/install", json("{}")).as(402);
    assertThat(platform.get(poor, "/agents/list").as(200).path("count").asInt()).isZero();
    assertThat(spent(poor)).isZero();
  }

  private static ObjectNode share(boolean give, boolean withTools, String... users) {
    var body = json("{}").put("grant_access", give);
    if (withTools) {
      body.put("grant_tools", true);
    }
    List.of(users).forEach(body.putArray("user_ids")::add);
    return body;
  }

  @Test
  void a_shared_agent_runs_with_the_rights_of_whoever_runs_it() {
    var friend = platform.newUser(Role.MEMBER);
    var id = friend.caller().userId();
    var tool = name("rates");
    platform.tool(platform.ada, function(tool, CODE));
    var agent = platform.agent(platform.ada, tool);
    var path = "/agents/" + agent + "/share";
    platform.get(friend, "/agents/" + agent).as(404);
    assertThat(platform.post(platform.ada, path, share(true, false, id)).as(200).toString())
        .contains("Agent access granted for 1 users");
    platform.get(friend, "/agents/" + agent).as(200);
    var listed = platform.get(friend, "/agents/list?include_shared=true").as(200).path("agents");
    assertThat(listed).extracting(one -> one.path("agent_id").asString()).contains(agent);
    platform.post(friend, path, share(true, false, id)).as(403);
    platform.put(friend, "/agents/" + agent, json("{'name':'mine'}")).as(403);

    var without = platform.ended(friend, agent, "CALL " + tool + " {}\n---\nSAY done");
    assertThat(texts(without.path("result").path("tools_left_out"))).containsExactly(tool);

    var granted = platform.post(platform.ada, path, share(true, true, id)).as(200);
    assertThat(texts(granted.path("granted_tools"))).containsExactly(tool);
    var with = platform.ended(friend, agent, "CALL " + tool + " {}\n---\nSAY done");
    assertThat(with.path("result").has("tools_left_out")).isFalse();
    assertThat(with.path("status").asString()).isEqualTo("completed");

    assertThat(platform.post(platform.ada, path, share(false, false, id)).as(200).toString())
        .contains("revoked for 1 users");
    platform.get(friend, "/agents/" + agent).as(404);
    platform.post(platform.ada, path, share(false, true, id)).as(400);
    platform.post(platform.ada, path, json("{'user_ids':[]}")).as(400);
  }

  @Test
  void unknown_users_and_tools_of_others_are_named_when_an_agent_is_shared() {
    var tool = name("borrowed");
    platform.tool(platform.bob, function(tool, CODE));
    platform
        .post(
            platform.bob,
            "/agents/tools/" + tool + "/share",
            share(true, false, platform.ada.caller().userId()))
        .as(200);
    var agent = platform.agent(platform.ada, tool);
    var path = "/agents/" + agent + "/share";
    var eve = platform.eve.caller().userId();
    var refused = platform.post(platform.ada, path, share(true, true, "nobody", eve)).as(404);
    assertThat(refused.toString()).contains("nobody", eve);
    var bob = platform.vera.caller().userId();
    var shared = platform.post(platform.ada, path, share(true, true, bob)).as(200);
    assertThat(texts(shared.path("withheld_tools"))).containsExactly(tool);
    assertThat(shared.path("granted_tools")).isEmpty();
  }

  @Test
  void the_versions_of_an_agent_are_listed_with_their_authors() {
    var agent = platform.agent(platform.ada);
    platform.put(platform.ada, "/agents/" + agent, json("{'instructions':'new'}")).as(200);
    platform.put(platform.root, "/agents/" + agent, json("{'temperature':0.1}")).as(200);
    var versions = platform.get(platform.ada, "/agents/" + agent + "/versions").as(200);
    assertThat(versions.path("version").asInt()).isEqualTo(3);
    assertThat(versions.path("versions"))
        .extracting(one -> one.path("number").asInt() + " " + one.path("author").asString())
        .containsExactly("3 root", "2 ada", "1 ada");
    assertThat(versions.path("versions").get(0).path("created_at").asString()).endsWith("Z");
    platform.get(platform.bob, "/agents/" + agent + "/versions").as(404);
  }

  @Test
  void what_a_job_still_takes_is_judged_by_the_agents_last_ones() {
    var agent = platform.agent(platform.ada);
    var waits = "ERROR 429 600\nSAY done";
    var first = platform.execute(platform.ada, agent, waits);
    var unknown = platform.until(platform.ada, first, "waiting");
    assertThat(unknown.path("estimated_remaining").isNull()).isTrue();
    platform.post(platform.ada, "/agents/status/" + first + "/cancel", Json.object()).as(200);

    for (var seconds : List.of(40, 1_000, 2)) {
      var job = platform.execute(platform.ada, agent, "SAY done");
      var ended = platform.until(platform.ada, job, "completed");
      assertThat(ended.path("estimated_remaining").isNull()).isTrue();
      platform.sql(
          "update run set started_at = ended_at - interval '%d seconds' where id = '%s'"
              .formatted(seconds, job.replace("job_", "run_")));
    }
    var last = platform.execute(platform.ada, agent, waits);
    var estimated = platform.until(platform.ada, last, "waiting").path("estimated_remaining");
    assertThat(estimated.isIntegralNumber()).isTrue();
    assertThat(estimated.asInt()).isBetween(20, 40);
  }
}
