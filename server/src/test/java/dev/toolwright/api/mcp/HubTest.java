package dev.toolwright.api.mcp;

import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The Hub face, as its document walks through it.
@SuppressWarnings("NullAway.Init")
class HubTest {
  private static TestPlatform platform;
  private static Remote remote;
  private static String hub;
  private static String connection;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    remote = new Remote();
    remote.at("/v1/orders/ORD-12345", 200, "{\"status\":\"shipped\"}");
    remote.at("/v1/tickets", 200, "{\"id\":7}");
    hub = platform.ada.caller().workspaceId();
    var body =
        json(
            "{'name':'shop','auth':{'type':'api_key','key_name':'X-Unused','api_key':'sk-xxx-unused'},"
                + "'headers':{'Authorization':'Bearer {{api_key}}'}}");
    connection =
        platform
            .post(platform.ada, "/api/connections", body.put("base_url", remote.url() + "/v1"))
            .as(201)
            .at("/connection/id")
            .asString();
  }

  @AfterAll
  static void close() {
    platform.close();
    remote.close();
  }

  private static JsonNode raw(User user, String tool, ObjectNode arguments) {
    var params = Json.object().put("name", tool);
    params.set("arguments", arguments);
    var request =
        platform
            .request("POST", "/mcp/hub", Json.write(McpSpeaker.message("tools/call", params)))
            .header("X-Token", user.token());
    return platform.send(request).as(200);
  }

  private static JsonNode call(String tool, ObjectNode arguments) {
    if (!tool.equals("list_hubs")) {
      arguments.put("hub_id", hub);
    }
    var result = raw(platform.ada, tool, arguments).path("result");
    assertThat(result.path("isError").asBoolean()).as(result.toString()).isFalse();
    return result.path("structuredContent");
  }

  private static String refused(String tool, ObjectNode arguments) {
    var result = raw(platform.ada, tool, arguments.put("hub_id", hub)).path("result");
    assertThat(result.path("isError").asBoolean()).as(result.toString()).isTrue();
    return result.at("/content/0/text").asString();
  }

  private static ObjectNode added(String agent, String more) {
    var arguments = json(more).put("agent_id", agent).put("connection_id", connection);
    return (ObjectNode) call("add_custom_tool", arguments);
  }

  @Test
  void it_lists_its_twelve_tools_in_both_eras() {
    var request =
        platform
            .request(
                "POST", "/mcp/hub", Json.write(McpSpeaker.message("tools/list", Json.object())))
            .header("X-Token", platform.ada.token());
    var names = new ArrayList<String>();
    platform
        .send(request)
        .as(200)
        .at("/result/tools")
        .forEach(tool -> names.add(tool.path("name").asString()));
    assertThat(names)
        .contains(
            "add_custom_tool",
            "update_custom_tool",
            "enable_tool",
            "disable_tool",
            "remove_tool",
            "remove_custom_tool",
            "test_tool")
        .hasSize(12);
    var stranger = platform.send(platform.request("POST", "/mcp/hub", "{}"));
    assertThat(stranger.status()).isEqualTo(401);
    assertThat(stranger.headers().firstValue("WWW-Authenticate").orElse(""))
        .contains("/.well-known/oauth-protected-resource/mcp/hub");
  }

  @Test
  void whoever_comes_finds_their_way() {
    assertThat(call("list_hubs", Json.object()).at("/hubs/0/hub_id").asString()).isEqualTo(hub);
    var agent = platform.agent(platform.ada);
    var agents = call("list_agents", Json.object()).path("agents");
    assertThat(agents).extracting(one -> one.path("agent_id").asString()).contains(agent);
    assertThat(call("list_connections", Json.object()).at("/connections/0"))
        .isEqualTo(
            json("{'name':'shop','type':'Tool - Custom'}")
                .put("connection_id", connection)
                .put("base_url", remote.url() + "/v1"));
  }

  @Test
  void a_simple_get_is_made_given_and_called() {
    var agent = platform.agent(platform.ada);
    var tool =
        added(
            agent,
            "{'tool_name':'Get Order Status','tool_description':'The status of an order',"
                + "'tool_instructions':'Ask for the order id','tool_url':'/orders/{{order_id}}','tool_method':'get'}");
    assertThat(tool.path("tool_name").asString()).isEqualTo("Get Order Status");
    assertThat(tool.at("/tool_config/name").asString()).isEqualTo("Get_Order_Status");
    assertThat(tool.at("/tool_config/parameters/required"))
        .isEqualTo(Json.stored("[\"order_id\"]"));
    assertThat(tool.path("tool_description").asString()).contains("status", "Ask for the order id");
    var arguments = json("{'parameters':{'order_id':'ORD-12345'}}");
    var tested = call("test_tool", arguments.put("tool_id", tool.path("tool_id").asString()));
    assertThat(tested.path("result")).isEqualTo(json("{'status':'shipped'}"));
    assertThat(remote.last().header("Authorization")).isEqualTo("Bearer sk-xxx-unused");
    assertThat(platform.get(platform.ada, "/agents/" + agent).as(200).toString())
        .contains("Get_Order_Status");
    assertThat(tool.toString()).doesNotContain("sk-xxx");
  }

  @Test
  void a_post_takes_the_schema_that_it_is_given() {
    var agent = platform.agent(platform.ada);
    var tool =
        added(agent, "{'tool_name':'Create Ticket','tool_url':'/tickets','tool_method':'POST'}");
    var update =
        json(
            "{'tool_config':{'name':'create_ticket','description':'Create a new support ticket',"
                + "'parameters':{'type':'object','properties':{'subject':{'type':'string'}},'required':['subject']}}}");
    var id = tool.path("tool_id").asString();
    var changed = call("update_custom_tool", update.put("tool_id", id));
    assertThat(changed.path("tool_name").asString()).isEqualTo("create_ticket");
    assertThat(changed.path("tool_description").asString())
        .isEqualTo("Create a new support ticket");
    assertThat(changed.path("tool_url").asString()).isEqualTo("/tickets");
    var tested = call("test_tool", json("{'parameters':{'subject':'Hello'}}").put("tool_id", id));
    assertThat(tested.path("success").asBoolean()).isTrue();
    assertThat(Json.stored(remote.last().body())).isEqualTo(json("{'subject':'Hello'}"));
  }

  @Test
  void a_tool_is_switched_off_on_and_taken_away() {
    var agent = platform.agent(platform.ada);
    var id = added(agent, "{'tool_name':'T'}").path("tool_id").asString();
    var both = json("{}").put("agent_id", agent).put("tool_id", id);
    for (var expected : List.of(false, true)) {
      call(expected ? "enable_tool" : "disable_tool", both.deepCopy());
      var listed = call("list_tools", Json.object().put("agent_id", agent)).path("tools");
      assertThat(listed).hasSize(1);
      assertThat(listed.at("/0/enabled").asBoolean()).isEqualTo(expected);
    }
    call("remove_tool", both.deepCopy());
    assertThat(call("list_tools", Json.object().put("agent_id", agent)).path("tools")).isEmpty();
    assertThat(call("get_tool", Json.object().put("tool_id", id)).path("tool_id").asString())
        .isEqualTo(id);
    call("enable_tool", both.deepCopy());
    // Deleting is not kept by the agents that have it.
    call("remove_custom_tool", Json.object().put("tool_id", id));
    assertThat(refused("get_tool", Json.object().put("tool_id", id))).contains("not found");
    assertThat(call("list_tools", Json.object().put("agent_id", agent)).path("tools")).isEmpty();
  }

  @Test
  void a_tool_for_an_agent_that_one_may_not_change_is_not_made() {
    var agent = platform.agent(platform.root);
    var share = Json.object();
    share.put("grant_access", true).putArray("user_ids").add(platform.ada.caller().userId());
    platform.post(platform.root, "/agents/" + agent + "/share", share).as(200);
    var title = name("unmade");
    var wanted = json("{}").put("tool_name", title).put("connection_id", connection);
    assertThat(refused("add_custom_tool", wanted.put("agent_id", agent)))
        .isEqualTo("Only its owner or an admin may change this agent");
    var mine = platform.get(platform.ada, "/agents/tools/list?created_by_me=true").as(200);
    assertThat(mine.toString()).doesNotContain(title);
  }

  @Test
  void what_is_wrong_is_said_in_the_words_of_the_hub() {
    var agent = platform.agent(platform.ada);
    assertThat(refused("add_custom_tool", json("{'agent_id':'a'}")))
        .contains("connection_id", "tool_name");
    var wrong =
        json("{'tool_name':'W','tool_url':'https://evil.example/x','tool_method':'brew'}")
            .put("agent_id", agent)
            .put("connection_id", "conn_none");
    assertThat(refused("add_custom_tool", wrong))
        .contains("tool_method must be one of", "connection_id names no connection");
    var elsewhere =
        json("{'tool_name':'W','tool_url':'https://evil.example/x'}")
            .put("agent_id", agent)
            .put("connection_id", connection);
    assertThat(refused("add_custom_tool", elsewhere))
        .contains("tool_url must be a path, or a URL of the connection's own host");
    var other = raw(platform.ada, "list_agents", json("{'hub_id':'hub-123'}"));
    assertThat(other.at("/result/content/0/text").asString()).isEqualTo("Hub hub-123 not found");
    var viewer =
        raw(
            platform.vera,
            "add_custom_tool",
            json("{'tool_name':'W'}")
                .put("hub_id", hub)
                .put("agent_id", agent)
                .put("connection_id", connection));
    assertThat(viewer.at("/result/isError").asBoolean()).isTrue();
    assertThat(
            raw(platform.eve, "list_agents", Json.object().put("hub_id", hub))
                .at("/result/isError")
                .asBoolean())
        .isTrue();
  }
}
