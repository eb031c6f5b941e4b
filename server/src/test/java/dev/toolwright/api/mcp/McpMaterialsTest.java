package dev.toolwright.api.mcp;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static dev.toolwright.api.mcp.McpSpeaker.call;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.TestPlatform;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What lies beside the tools: prompts, resources, an agent's own tools, and hearing of changes.
@SuppressWarnings("NullAway.Init")
class McpMaterialsTest {
  private static TestPlatform platform;
  private static McpSpeaker ada;
  private static McpSpeaker bob;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    ada = new McpSpeaker(platform, platform.ada);
    bob = new McpSpeaker(platform, platform.bob);
  }

  @AfterAll
  static void close() {
    ada.close();
    bob.close();
    platform.close();
  }

  private static List<String> listed(McpSpeaker who, String method, String list, String field) {
    var found = new ArrayList<String>();
    who.result(method, Json.object())
        .path(list)
        .forEach(one -> found.add(one.path(field).asString()));
    return found;
  }

  private static ObjectNode get(String prompt, String arguments) {
    var params = Json.object().put("name", prompt);
    params.set("arguments", json(arguments));
    return params;
  }

  @Test
  void a_prompt_is_filled_with_arguments_and_shared_like_a_tool() {
    var name = name("letter");
    var made =
        platform
            .post(
                platform.ada,
                "/api/prompts",
                json("{'description':'Writes','arguments':[{'name':'to','required':true},{'name':'tone','values':['warm','wry','cold']}],"
                        + "'messages':[{'role':'user','content':'Write to {{to}} in a {{tone}} tone. {{other}}'}]}")
                    .put("name", name))
            .as(201);
    assertThat(made.path("is_shared").asBoolean()).isFalse();
    assertThat(listed(ada, "prompts/list", "prompts", "name")).contains(name, "financial_analyst");
    assertThat(listed(bob, "prompts/list", "prompts", "name")).doesNotContain(name);
    var filled = ada.result("prompts/get", get(name, "{'to':'{{tone}}','tone':'wry'}"));
    assertThat(filled.at("/messages/0/content/text").asString())
        .isEqualTo("Write to {{tone}} in a wry tone. {{other}}");
    var missing = ada.ask("prompts/get", get(name, "{}"), Json.object()).as(200);
    assertThat(missing.at("/error/message").asString())
        .isEqualTo("These arguments are required: to");
    assertThat(
            bob.ask("prompts/get", get(name, "{}"), Json.object())
                .as(200)
                .at("/error/code")
                .asInt())
        .isEqualTo(-32602);
    var reference = json("{'ref':{'type':'ref/prompt'},'argument':{'name':'tone','value':'w'}}");
    reference.withObjectProperty("ref").put("name", name);
    assertThat(ada.result("completion/complete", reference).at("/completion/values"))
        .isEqualTo(Json.stored("[\"warm\",\"wry\"]"));
    var path = "/api/prompts/" + made.path("id").asString();
    assertThat(
            platform
                .put(platform.ada, path, json("{'is_shared':true}"))
                .as(200)
                .path("version")
                .asInt())
        .isEqualTo(1);
    assertThat(listed(bob, "prompts/list", "prompts", "name")).contains(name);
    assertThat(platform.put(platform.bob, path, json("{'description':'x'}")).status())
        .isEqualTo(403);
    platform.delete(platform.ada, path).as(200);
    assertThat(platform.get(platform.ada, path).status()).isEqualTo(404);
  }

  @Test
  void a_template_of_agents_is_a_prompt() {
    var text =
        ada.result("prompts/get", get("financial_analyst", "{'task':'Look at Q3.'}"))
            .at("/messages/0/content/text")
            .asString();
    assertThat(text).endsWith("\n\nLook at Q3.").hasSizeGreaterThan(50);
  }

  @Test
  void a_prompt_asks_the_user_first_where_it_says_so() {
    var name = name("asking");
    var body =
        json(
            "{'messages':[{'role':'user','content':'About {{topic.about}}'}],"
                + "'asks':{'topic':{'method':'elicitation/create','params':{'message':'What about?'}}}}");
    platform.post(platform.ada, "/api/prompts", body.put("name", name)).as(201);
    var able = json("{'elicitation':{}}");
    var asked = ada.ask("prompts/get", get(name, "{}"), able).as(200).path("result");
    assertThat(asked.path("resultType").asString()).isEqualTo("input_required");
    var again = get(name, "{}").put("requestState", asked.path("requestState").asString());
    again.set("inputResponses", json("{'topic':{'action':'accept','content':{'about':'cats'}}}"));
    assertThat(
            ada.ask("prompts/get", again, able)
                .as(200)
                .at("/result/messages/0/content/text")
                .asString())
        .isEqualTo("About cats");
  }

  @Test
  void every_fault_of_a_prompt_or_resource_is_named() {
    var prompt =
        platform
            .post(
                platform.ada,
                "/api/prompts",
                json(
                    "{'name':'a b','arguments':[{'name':'x'},{'name':'x'}],'messages':[{'role':'system','content':7}],"
                        + "'asks':{'k':{'method':'shell/run'}}}"))
            .as(400);
    assertThat(prompt.path("message"))
        .extracting(JsonNode::asString)
        .containsExactlyInAnyOrder(
            "name must have 1 to 64 letters, digits, _ or -",
            "arguments[1].name occurs twice",
            "messages[0].role must be one of user, assistant",
            "messages[0].content must be a text, or an object of type text, image, audio, resource or resource_link",
            "asks.k.method must be elicitation/create, sampling/createMessage or roots/list");
    var resource =
        platform
            .post(
                platform.ada,
                "/api/resources",
                json("{'uri':'no uri','text':'a','blob':'?','mime_type':'plain'}"))
            .as(400);
    assertThat(resource.path("message"))
        .extracting(JsonNode::asString)
        .containsExactlyInAnyOrder(
            "uri must be a URI such as handbook://returns, perhaps with {places}",
            "blob must not be given beside text",
            "mime_type must be a media type such as text/plain");
  }

  @Test
  void resources_are_read_by_uri_and_templates_take_what_stands_in_it() {
    var uri = name("book://page");
    platform.post(platform.ada, "/api/resources", json("{'text':'Once'}").put("uri", uri)).as(201);
    platform
        .post(
            platform.ada,
            "/api/resources",
            json("{'text':'Page {{n}} of {{book}}','mime_type':'text/markdown'}")
                .put("uri", uri + "/{book}/{n}"))
        .as(201);
    assertThat(listed(ada, "resources/list", "resources", "uri")).contains(uri);
    assertThat(listed(ada, "resources/templates/list", "resourceTemplates", "uriTemplate"))
        .contains(uri + "/{book}/{n}");
    var read = ada.result("resources/read", Json.object().put("uri", uri));
    assertThat(read.at("/contents/0"))
        .isEqualTo(json("{'mimeType':'text/plain','text':'Once'}").put("uri", uri));
    assertThat(read.path("cacheScope").asString()).isEqualTo("private");
    var page = uri + "/A%20b/%7B%7Bn%7D%7D";
    assertThat(
            ada.result("resources/read", Json.object().put("uri", page))
                .at("/contents/0/text")
                .asString())
        .isEqualTo("Page {{n}} of A b");
    for (var unseen : List.of(uri + "/A/b/c", "book://none", uri + "/{book}/{n}")) {
      var refused =
          ada.ask("resources/read", Json.object().put("uri", unseen), Json.object()).as(200);
      assertThat(refused.at("/error/code").asInt()).as(unseen).isEqualTo(-32602);
    }
    var others = bob.ask("resources/read", Json.object().put("uri", uri), Json.object()).as(200);
    assertThat(others.at("/error/data/uri").asString()).isEqualTo(uri);
  }

  @Test
  void a_large_result_is_linked_and_read_as_a_resource() {
    var name = name("large");
    platform.tool(
        platform.ada, function(name, "def run(parameters, context):\n    return 'x' * 300000\n"));
    var result = ada.result("tools/call", call(name));
    var link = result.at("/content/1");
    assertThat(link.path("type").asString()).isEqualTo("resource_link");
    var uri = Json.object().put("uri", link.path("uri").asString());
    assertThat(ada.result("resources/read", uri).at("/contents/0/text").asString())
        .hasSize(300_000);
    assertThat(listed(ada, "resources/list", "resources", "uri"))
        .contains(link.path("uri").asString());
    assertThat(bob.ask("resources/read", uri, Json.object()).as(200).has("error")).isTrue();
  }

  @Test
  void a_value_that_is_content_reaches_the_client_as_it_is() {
    var name = name("image");
    platform.tool(
        platform.ada,
        function(
            name,
            """
            def run(parameters, context):
                return {"content": [{"type": "image", "data": "aGk=", "mimeType": "image/png"}],
                        "structuredContent": {"seen": 1}}
            """));
    var result = ada.result("tools/call", call(name));
    assertThat(result.at("/content/0/type").asString()).isEqualTo("image");
    assertThat(result.path("structuredContent")).isEqualTo(json("{'seen':1}"));
  }

  @Test
  void an_agents_address_has_its_tools_alone() {
    var own = name("own");
    platform.tool(platform.ada, function(own, "def run(parameters, context):\n    return 1\n"));
    var agent = platform.agent(platform.ada, own);
    var headers = platform.ada.token();
    for (var method : List.of("tools/list", "tools/call")) {
      var params = method.equals("tools/list") ? Json.object() : call("word_count");
      var request =
          platform
              .request(
                  "POST", "/mcp?agent=" + agent, Json.write(McpSpeaker.message(method, params)))
              .header("X-Token", headers);
      var answer = platform.send(request).as(200);
      if (method.equals("tools/list")) {
        assertThat(answer.at("/result/tools")).hasSize(1);
        assertThat(answer.at("/result/tools/0/name").asString()).isEqualTo(own);
      } else {
        assertThat(answer.at("/error/message").asString()).isEqualTo("Unknown tool: word_count");
      }
    }
    var others =
        platform
            .request(
                "POST",
                "/mcp?agent=" + agent,
                Json.write(McpSpeaker.message("tools/list", Json.object())))
            .header("X-Token", platform.bob.token());
    assertThat(platform.send(others).status()).isEqualTo(404);
  }

  @Test
  void whoever_listens_hears_of_what_changed_for_them() {
    var uri = name("watched://");
    var resource = resource(uri);
    var wish = json("{'notifications':{'toolsListChanged':true}}");
    wish.withObjectProperty("notifications").putArray("resourceSubscriptions").add(uri);
    var heard = new ArrayList<String>();
    ada.stream(
        ada.modern("subscriptions/listen", wish, Json.object()),
        said -> {
          assertThat(
                  said.at("/params/_meta").path("io.modelcontextprotocol/subscriptionId").asInt())
              .isEqualTo(1);
          heard.add(said.path("method").asString());
          switch (heard.size()) {
            case 1 -> {
              // What another makes for themselves is no change for ada.
              platform.tool(
                  platform.bob,
                  function(name("bobs"), "def run(parameters, context):\n    return 1\n"));
              platform.tool(
                  platform.ada,
                  function(name("adas"), "def run(parameters, context):\n    return 1\n"));
            }
            case 2 ->
                platform
                    .put(platform.ada, "/api/resources/" + resource, json("{'text':'2'}"))
                    .as(200);
            default -> throw new McpSpeaker.Gone();
          }
        });
    assertThat(heard)
        .containsExactly(
            "notifications/subscriptions/acknowledged",
            "notifications/tools/list_changed",
            "notifications/resources/updated");
  }

  private static String resource(String uri) {
    return platform
        .post(platform.ada, "/api/resources", json("{'text':'1'}").put("uri", uri))
        .as(201)
        .path("id")
        .asString();
  }

  @Test
  void what_a_session_subscribes_to_at_once_is_all_heard() throws Exception {
    var session = ada.session(Json.object());
    var threads = new ArrayList<Thread>();
    for (var i = 0; i < 8; i++) {
      var uri = Json.object().put("uri", "many://" + i);
      threads.add(Thread.startVirtualThread(() -> ada.result(session, "resources/subscribe", uri)));
    }
    for (var thread : threads) {
      thread.join();
    }
    ada.result(session, "resources/unsubscribe", Json.object().put("uri", "many://3"));
    ada.result(session, "logging/setLevel", json("{'level':'info'}"));
    assertThat(
            platform.one(
                "select cardinality(subscriptions) from mcp_session where id = '" + session + "'",
                Integer.class))
        .isEqualTo(7);
  }

  @Test
  void a_session_hears_of_the_resources_it_subscribed_to() {
    var uri = name("watched://");
    var resource = resource(uri);
    var session = ada.session(Json.object());
    ada.result(session, "resources/subscribe", Json.object().put("uri", uri));
    var request =
        platform
            .request("GET", "/mcp", null)
            .header("X-Token", platform.ada.token())
            .header("Accept", "text/event-stream")
            .header("Mcp-Session-Id", session);
    try (var changing =
        Changing.every(() ->
            platform.put(
                platform.ada, "/api/resources/" + resource, json("{}").put("text", name("t"))))) {
      var heard =
          ada.stream(
              request,
              _ -> {
                throw new McpSpeaker.Gone();
              });
      assertThat(changing).isNotNull();
      assertThat(heard.getFirst().path("method").asString())
          .isEqualTo("notifications/resources/updated");
      assertThat(heard.getFirst().at("/params/uri").asString()).isEqualTo(uri);
    }
  }

  /// Does something again and again, as nothing tells when a stream has begun to listen.
  private static final class Changing implements AutoCloseable {
    private final Thread thread;

    private Changing(Thread thread) {
      this.thread = thread;
    }

    static Changing every(Runnable change) {
      return new Changing(
          Thread.startVirtualThread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
              change.run();
            }
          }));
    }

    @Override
    public void close() {
      thread.interrupt();
    }
  }
}
