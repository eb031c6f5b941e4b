package dev.toolwright.importer.openapi;

import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressPolicy;
import dev.toolwright.egress.Resolver;
import dev.toolwright.json.Json;
import dev.toolwright.json.Schemas;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Imports over REST, calls through what they made, and what happens when the document changes.
@SuppressWarnings("NullAway.Init")
class OpenApiImportTest {
  private static final String IMPORT = "/api/custom-tools/connectors/import";
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

  private static String petstore() {
    return PlanTest.resource("petstore.yaml").replace("REMOTE", remote.url());
  }

  /// A small document; its operations answer to GET.
  private static String document(String... paths) {
    var text =
        new StringBuilder(
            "openapi: 3.1.0\ninfo: {title: Small, version: '1'}\nservers: [{url: '"
                + remote.url()
                + "'}]\npaths:\n");
    for (var path : paths) {
      text.append("  ").append(path).append("\n");
    }
    return text.toString();
  }

  private static ObjectNode body(String content) {
    return Json.object().put("content", content);
  }

  private static JsonNode imported(User user, ObjectNode body) {
    return platform.post(user, IMPORT, body).as(201);
  }

  private static List<String> texts(JsonNode list, String field) {
    return StreamSupport.stream(list.spliterator(), false)
        .map(one -> one.path(field).asString(""))
        .toList();
  }

  private static String tool(JsonNode made, String operation) {
    for (var tool : made.path("tools")) {
      if (tool.path("operation").asString().equals(operation)) {
        return tool.path("name").asString();
      }
    }
    throw new AssertionError(operation + " is not in " + made);
  }

  private static String again(JsonNode made) {
    return "/api/custom-tools/connectors/"
        + made.path("connector").path("id").asString()
        + "/import";
  }

  private static long definitions() {
    return platform.one("select count(*) from definition", Long.class);
  }

  @Test
  void a_preview_shows_every_operation_and_stores_nothing() {
    var before = definitions();
    var shown = platform.post(platform.ada, IMPORT, body(petstore()).put("preview", true)).as(200);
    assertThat(shown.path("connection").path("name").asString()).startsWith("pet_shop");
    assertThat(shown.path("connection").path("baseUrl").asString()).isEqualTo(remote.url() + "/v1");
    assertThat(shown.path("connection").path("auth").toString())
        .isEqualTo("{\"type\":\"api_key\",\"key_name\":\"api_key\",\"in\":\"header\"}");
    assertThat(texts(shown.path("operations"), "id"))
        .containsExactly(
            "GET /pets",
            "POST /pets",
            "GET /pets/{petId}",
            "DELETE /pets/{petId}",
            "PUT /pets/{petId}",
            "POST /pets/batch",
            "POST /login",
            "POST /photos");
    assertThat(texts(shown.path("operations"), "toolName"))
        .allMatch(tool -> tool.matches("^[a-zA-Z][a-zA-Z0-9_-]{0,63}$"));
    var delete = shown.path("operations").path(3);
    assertThat(delete.path("deprecated").asBoolean()).isTrue();
    assertThat(delete.path("operationId").asString()).isEqualTo("deletePet");
    assertThat(delete.path("parameters").path("required").toString()).isEqualTo("[\"petId\"]");
    assertThat(shown.path("document").path("hash").asString()).startsWith("sha256:");
    assertThat(definitions()).isEqualTo(before);
  }

  @Test
  void imported_tools_call_the_remote_as_the_document_says() {
    var made = imported(platform.ada, body(petstore()).put("name", name("pets")));
    var id = made.path("connector").path("id").asString();
    platform
        .put(
            platform.ada,
            "/api/connections/" + id + "/credentials",
            json("{'type':'api_key','api_key':'secret-key'}"))
        .as(200);
    remote.at("/v1/pets", 200, "{\"pets\": []}");

    var listed =
        platform.test(
            platform.ada,
            tool(made, "GET /pets"),
            json("{'limit':5,'status':['free','sold'],'tags':'a,b','filter_name':'Rex & Co'}"));
    assertThat(listed.path("success").asBoolean()).as(listed.toString()).isTrue();
    var target = remote.last().target();
    assertThat(target)
        .startsWith("/v1/pets?")
        .contains("limit=5")
        .contains("status=free&status=sold")
        .contains("tags=a%2Cb")
        .contains("filter%5Bname%5D=Rex%20%26%20Co")
        .doesNotContain("age");
    assertThat(remote.last().header("Api_key")).isEqualTo("secret-key");
    assertThat(remote.last().header("X-trace")).isNull();

    platform.test(platform.ada, tool(made, "GET /pets"), json("{'X-Trace':'t-1'}"));
    assertThat(remote.last().header("X-trace")).isEqualTo("t-1");
    assertThat(remote.last().target()).isEqualTo("/v1/pets");

    platform.test(
        platform.ada,
        tool(made, "PUT /pets/{petId}"),
        json("{'petId':7,'body_petId':'other','name':'Rex'}"));
    assertThat(remote.last().method()).isEqualTo("PUT");
    assertThat(remote.last().target()).isEqualTo("/v1/pets/7");
    assertThat(remote.last().body()).isEqualTo("{\"petId\":\"other\",\"name\":\"Rex\"}");

    platform.test(
        platform.ada, tool(made, "POST /pets/batch"), json("{'body':[{'name':'A'},{'name':'B'}]}"));
    assertThat(remote.last().body()).isEqualTo("[{\"name\":\"A\"},{\"name\":\"B\"}]");

    platform.test(
        platform.ada,
        tool(made, "POST /login"),
        json("{'user':'ann','scope':['a','b'],'address_city':'Ulm'}"));
    assertThat(remote.last().header("Content-type")).isEqualTo("application/x-www-form-urlencoded");
    assertThat(remote.last().body()).isEqualTo("address%5Bcity%5D=Ulm&user=ann&scope=a&scope=b");

    platform.test(
        platform.ada,
        tool(made, "POST /photos"),
        json("{'title':'Me','photo':{'filename':'me.txt','content':'bytes'}}"));
    assertThat(remote.last().header("Content-type")).startsWith("multipart/form-data");
    assertThat(remote.last().body()).contains("filename=\"me.txt\"").contains("bytes");
  }

  @Test
  void arguments_that_the_document_does_not_know_are_refused_and_not_sent() {
    var made = imported(platform.ada, body(petstore()).put("name", name("pets")));
    var count = remote.count();
    var answer =
        platform.post(
            platform.ada,
            "/agents/tools/" + tool(made, "GET /pets/{petId}") + "/test",
            json("{'parameters':{'petId':1,'admin':true}}"));
    assertThat(answer.status()).isEqualTo(422);
    assertThat(remote.count()).isEqualTo(count);
  }

  @Test
  void a_connection_comes_without_a_credential_and_its_doctor_says_so() {
    var made = imported(platform.ada, body(petstore()).put("name", name("pets")));
    var id = made.path("connector").path("id").asString();
    var found = platform.get(platform.ada, "/api/connections/" + id + "/doctor").as(200);
    assertThat(found.path("state").asString()).isEqualTo("needs_credential");
    for (var scheme :
        List.of(
            "{type: http, scheme: basic}",
            "{type: oauth2, flows: {clientCredentials: {tokenUrl: '%s/token', scopes: {}}}}"
                .formatted(remote.url()),
            "{type: oauth2, flows: {authorizationCode: {authorizationUrl: '%1$s/a', tokenUrl: '%1$s/t', scopes: {}}}}"
                .formatted(remote.url()))) {
      var content =
          document("/a: {get: {responses: {'200': {description: d}}}}")
              + "components: {securitySchemes: {s: "
              + scheme
              + "}}\n";
      var unfinished = imported(platform.ada, body(content).put("name", name("open")));
      var doctor =
          platform
              .get(
                  platform.ada,
                  "/api/connections/"
                      + unfinished.path("connector").path("id").asString()
                      + "/doctor")
              .as(200);
      assertThat(doctor.path("state").asString()).as(scheme).isEqualTo("needs_credential");
      assertThat(doctor.path("problems").path(0).asString()).contains("with auth");
    }
  }

  @Test
  void some_operations_can_be_picked_by_either_name() {
    var body = body(petstore()).put("name", name("some"));
    body.putArray("operations").add("GET /pets").add("createPet");
    var made = imported(platform.ada, body);
    assertThat(texts(made.path("tools"), "operation")).containsExactly("GET /pets", "POST /pets");
    body.put("name", name("some")).putArray("operations").add("GET /none").add("dropPet");
    assertThat(platform.post(platform.ada, IMPORT, body).as(400).path("message").toString())
        .contains("GET /none")
        .contains("dropPet");
  }

  @Test
  void what_cannot_be_imported_is_skipped_and_told() {
    var content =
        document(
            "/a: {get: {responses: {'200': {description: d}}}}",
            "/b: {get: {parameters: [{$ref: 'file:///etc/passwd'}], responses: {}}}");
    var made = imported(platform.ada, body(content).put("name", name("part")));
    assertThat(texts(made.path("tools"), "operation")).containsExactly("GET /a");
    assertThat(texts(made.path("skipped"), "id")).containsExactly("GET /b");
    assertThat(made.path("skipped").path(0).path("warnings").path(0).asString())
        .contains("outside of the document");
    var wanted = body(content);
    wanted.putArray("operations").add("GET /b");
    assertThat(platform.post(platform.ada, IMPORT, wanted).as(400).path("message").toString())
        .contains("outside of the document");
  }

  @Test
  void a_document_is_fetched_through_the_egress() {
    remote.at("/docs/openapi.json", 200, PlanTest.resource("orders.json"));
    var body = Json.object().put("url", remote.url() + "/docs/openapi.json");
    var made = imported(platform.ada, body.put("name", name("orders")));
    assertThat(made.path("connector").path("baseUrl").asString()).isEqualTo(remote.url() + "/api");
    platform.test(platform.ada, tool(made, "GET /orders/{order.id}"), json("{'order_id':'a/b'}"));
    assertThat(remote.last().target()).isEqualTo("/api/orders/a%2Fb");
  }

  @Test
  void what_cannot_be_fetched_is_told_without_more() {
    remote.at("/gone.json", 404, "{}");
    remote.at("/page", 200, "<!doctype html><p>Welcome");
    remote.at("/giant", 200, "openapi: 3.1.0\nx: " + "y".repeat(11 << 20));
    for (var refusal :
        List.of(
            List.of("/gone.json", "it answered 404"),
            List.of("/page", "a web page"),
            List.of("/giant", "larger than 10 MB"))) {
      assertThat(
              platform
                  .post(
                      platform.ada,
                      IMPORT,
                      Json.object().put("url", remote.url() + refusal.getFirst()))
                  .as(400)
                  .path("message")
                  .toString())
          .contains("url")
          .contains(refusal.getLast());
    }
    for (var url :
        List.of(
            "http://169.254.169.254/latest/openapi.json",
            "http://10.0.0.1/openapi.json",
            "file:///etc/passwd",
            "http://user:pw@127.0.0.1/x",
            "not a url")) {
      assertThat(platform.post(platform.ada, IMPORT, Json.object().put("url", url)).status())
          .as(url)
          .isEqualTo(400);
    }
  }

  @Test
  void a_workspace_that_narrows_its_requests_fetches_no_document_from_elsewhere() {
    var rules = "/api/workspaces/" + platform.eve.caller().workspaceId() + "/egress";
    platform.put(platform.eve, rules, json("{'deny':['127.0.0.1']}")).as(200);
    try {
      var path = "/denied/" + name("doc");
      var refused = Json.object().put("url", remote.url() + path).put("preview", true);
      platform.post(platform.eve, IMPORT, refused).as(400);
      assertThat(remote.requests(path)).isEmpty();
    } finally {
      platform.put(platform.eve, rules, json("{'deny':[]}")).as(200);
    }
  }

  @Test
  void nothing_that_a_hostile_document_names_is_opened() {
    var hostile =
        """
        openapi: 3.1.0
        info: {title: x, version: '1', termsOfService: '%1$s/hostile/t'}
        servers: [{url: '%1$s'}]
        externalDocs: {url: '%1$s/hostile/d'}
        paths:
          /i: {$ref: '%1$s/hostile/i.json'}
          /a:
            post:
              parameters: [{$ref: '%1$s/hostile/p.json#/p'}]
              requestBody: {$ref: '%1$s/hostile/b.json'}
              responses: {'200': {$ref: '%1$s/hostile/r.json'}, '404': {$ref: 'file:///etc/passwd'}}
          /b:
            post:
              requestBody: {content: {application/json: {schema: {$ref: '%1$s/hostile/s.json'}}}}
              responses: {'200': {description: d, content: {application/json: {schema: {$ref: '%1$s/hostile/q.json'}, examples: {e: {externalValue: '%1$s/hostile/v'}}}}}}
          /c: {get: {responses: {'200': {description: fine}}}}
        components:
          schemas: {A: {$ref: '%1$s/hostile/a.json', $schema: '%1$s/hostile/m'}}
          securitySchemes: {o: {type: openIdConnect, openIdConnectUrl: '%1$s/hostile/o'}}
        """
            .formatted(remote.url());
    var made = imported(platform.ada, body(hostile).put("name", name("hostile")));
    assertThat(texts(made.path("tools"), "operation")).containsExactly("GET /c");
    assertThat(remote.requests("/hostile/i.json")).isEmpty();
    for (var path :
        List.of(
            "t", "d", "p.json", "b.json", "r.json", "s.json", "q.json", "v", "a.json", "m", "o")) {
      assertThat(remote.requests("/hostile/" + path)).isEmpty();
    }
  }

  @Test
  void names_that_are_taken_get_a_number() {
    var content = document("/a: {get: {operationId: greet, responses: {'200': {description: d}}}}");
    var first = imported(platform.ada, body(content).put("name", name("first")));
    var second = imported(platform.bob, body(content).put("name", name("second")));
    assertThat(tool(first, "GET /a")).isEqualTo("greet");
    assertThat(tool(second, "GET /a")).isEqualTo("greet_2");
    var builtin =
        document("/a: {get: {operationId: calculator, responses: {'200': {description: d}}}}");
    assertThat(tool(imported(platform.ada, body(builtin).put("name", name("third"))), "GET /a"))
        .isEqualTo("calculator_2");
    var taken = name("taken");
    imported(platform.ada, body(content).put("name", taken));
    platform.post(platform.ada, IMPORT, body(content).put("name", taken)).as(409);
  }

  @Test
  void a_refused_import_leaves_nothing_behind() {
    var before = definitions();
    var sent = document("/a: {get: {responses: {'200': {description: d}}}}");
    var homeless = body(sent.replace(remote.url(), "/relative")).put("name", name("homeless"));
    assertThat(platform.post(platform.ada, IMPORT, homeless).as(400).path("message").toString())
        .contains("base_url");
    for (var body :
        List.of(
            "{}",
            "{'content':'a: 1','url':'http://127.0.0.1/x'}",
            "{'content':5}",
            "{'content':'openapi: 3.1.0'}",
            "{'content':'x','format':'wsdl'}",
            "{'content':'x','nonsense':1}",
            "{'content':'x','base_url':'ftp://x'}",
            "{'content':'x','name':'1 2'}")) {
      assertThat(platform.post(platform.ada, IMPORT, json(body)).status()).as(body).isEqualTo(400);
    }
    assertThat(definitions()).isEqualTo(before);
  }

  @Test
  void the_document_may_be_sent_as_an_object() {
    var body = Json.object().put("name", name("object")).put("baseUrl", remote.url());
    body.set("content", Json.stored(PlanTest.resource("orders.json")));
    assertThat(imported(platform.ada, body).path("tools")).hasSize(4);
  }

  @Test
  void a_changed_document_serves_nobody_until_it_is_accepted() {
    var path = "/versions/" + name("doc") + ".yaml";
    var first =
        document(
            "/keep: {get: {responses: {'200': {description: d}}}}",
            "/change: {get: {summary: Old, parameters: [{name: q, in: query, schema: {type: string}}], responses: {'200': {description: d}}}}",
            "/drop: {get: {operationId: dropped_%s, responses: {'200': {description: d}}}}"
                .formatted(name("x")),
            "/ignored: {get: {responses: {'200': {description: d}}}}");
    remote.at(path, 200, first);
    var body = Json.object().put("url", remote.url() + path).put("name", name("moving"));
    body.putArray("operations").add("GET /keep").add("GET /change").add("GET /drop");
    var made = imported(platform.ada, body);
    var change = tool(made, "GET /change");
    var dropped = tool(made, "GET /drop");
    var agent = platform.agent(platform.ada, change, dropped);

    var same = platform.post(platform.ada, again(made), Json.object()).as(200);
    assertThat(same.path("documentChanged").asBoolean(true)).isFalse();
    assertThat(same.path("added")).isEmpty();
    assertThat(same.path("changed")).isEmpty();
    assertThat(same.path("unchanged").asInt()).isEqualTo(3);
    assertThat(same.path("notImported").toString()).isEqualTo("[\"GET /ignored\"]");

    remote.at(
        path,
        200,
        document(
                "/keep: {get: {responses: {'200': {description: d}}}}",
                "/change: {get: {summary: New, parameters: [{name: q, in: query, required: true, schema: {type: integer}}], responses: {'200': {description: d}}}}",
                "/fresh: {get: {responses: {'200': {description: d}}}}",
                "/ignored: {get: {responses: {'200': {description: d}}}}")
            .replace(remote.url(), remote.url() + "/moved"));
    var review = platform.post(platform.ada, again(made), Json.object()).as(200);
    assertThat(review.path("documentChanged").asBoolean()).isTrue();
    assertThat(texts(review.path("added"), "id")).containsExactly("GET /fresh");
    assertThat(texts(review.path("removed"), "id")).containsExactly("GET /drop");
    assertThat(texts(review.path("changed"), "id")).containsExactly("GET /change");
    var changed = review.path("changed").path(0);
    assertThat(texts(changed.path("changes"), "path"))
        .contains("title", "parameters.properties.q.type", "parameters.required");
    assertThat(changed.path("tool").path("name").asString()).isEqualTo(change);
    assertThat(texts(changed.path("usedBy"), "id")).containsExactly(agent);
    assertThat(texts(review.path("connectionChanges"), "path")).containsExactly("base_url");

    // Nothing of it is served.
    platform.test(platform.ada, change, json("{'q':'text'}"));
    assertThat(remote.last().target()).isEqualTo("/change?q=text");

    var accepted =
        platform.post(platform.ada, again(made), Json.object().put("accept", true)).as(200);
    assertThat(texts(accepted.path("added"), "operation")).containsExactly("GET /fresh");
    assertThat(accepted.path("changed").path(0).path("version").asInt()).isEqualTo(2);
    assertThat(accepted.path("removed")).isEmpty();
    platform
        .post(
            platform.ada, "/agents/tools/" + change + "/test", json("{'parameters':{'q':'text'}}"))
        .as(422);
    platform.test(platform.ada, change, json("{'q':5}"));
    // The connection itself stays where it was: its credential goes nowhere else.
    assertThat(remote.last().target()).isEqualTo("/change?q=5");
    assertThat(platform.get(platform.ada, "/agents/tools/" + change).as(200).toString())
        .contains("New");
    var job = platform.ended(platform.ada, agent, "CALL " + change + " {\"q\": 6}\nSAY done");
    assertThat(job.path("status").asString()).as(job.toString()).isEqualTo("completed");
    assertThat(remote.last().target()).isEqualTo("/change?q=6");

    // What was removed goes only by name, and not from under an agent unless told to.
    platform.get(platform.ada, "/agents/tools/" + dropped).as(200);
    var wanted = json("{'accept':['GET /drop','GET /ignored']}");
    platform.post(platform.ada, again(made), wanted).as(409);
    var gone = platform.post(platform.ada, again(made) + "?force=true", wanted).as(200);
    assertThat(gone.path("removed").toString()).isEqualTo("[\"GET /drop\"]");
    assertThat(texts(gone.path("added"), "operation")).containsExactly("GET /ignored");
    platform.get(platform.ada, "/agents/tools/" + dropped).as(404);
    var settled = platform.post(platform.ada, again(made), Json.object()).as(200);
    assertThat(settled.path("removed")).isEmpty();
    assertThat(settled.path("unchanged").asInt()).isEqualTo(4);
  }

  @Test
  void what_people_wrote_for_a_tool_stays_when_the_document_changes() {
    var first = document("/a: {get: {summary: Old, responses: {'200': {description: d}}}}");
    var made = imported(platform.ada, body(first).put("name", name("own")));
    var tool = tool(made, "GET /a");
    platform
        .put(platform.ada, "/agents/tools/" + tool, json("{'description':'My own words'}"))
        .as(200);
    var second = body(first.replace("Old", "New")).put("accept", true);
    platform.post(platform.ada, again(made), second).as(200);
    assertThat(
            platform
                .get(platform.ada, "/agents/tools/" + tool)
                .as(200)
                .path("tool")
                .path("description")
                .asString())
        .isEqualTo("My own words");
  }

  @Test
  void a_wrong_acceptance_changes_nothing() {
    var first = document("/a: {get: {summary: Old, responses: {'200': {description: d}}}}");
    var made = imported(platform.ada, body(first).put("name", name("wrong")));
    var second = body(first.replace("Old", "New"));
    second.putArray("accept").add("GET /a").add("GET /none");
    assertThat(platform.post(platform.ada, again(made), second).as(400).path("message").toString())
        .contains("GET /none");
    platform.post(platform.ada, again(made), body(first).put("accept", "yes")).as(400);
    assertThat(
            platform
                .post(platform.ada, again(made), body(first.replace("Old", "New")))
                .as(200)
                .path("changed"))
        .hasSize(1);
  }

  @Test
  void only_who_may_change_and_use_a_connection_imports_into_it() {
    var content = document("/a: {get: {responses: {'200': {description: d}}}}");
    platform.post(platform.vera, IMPORT, body(content)).as(403);
    var made = imported(platform.ada, body(content).put("name", name("mine")));
    var path = again(made);
    platform.post(platform.vera, path, body(content)).as(403);
    platform.post(platform.bob, path, body(content)).as(404);
    platform.post(platform.eve, path, body(content)).as(404);
    platform.post(platform.root, path, body(content)).as(200);
    var id = made.path("connector").path("id").asString();
    platform.put(platform.ada, "/api/connections/" + id, json("{'is_shared':true}")).as(200);
    platform.post(platform.bob, path, body(content)).as(403);
  }

  @Test
  void what_an_admin_accepts_belongs_to_the_owner_of_the_connection() {
    var first = document("/a: {get: {responses: {'200': {description: d}}}}");
    var made = imported(platform.ada, body(first).put("name", name("lent")));
    var second = first + "  /b: {get: {responses: {'200': {description: d}}}}\n";
    var accepted =
        platform.post(platform.root, again(made), body(second).put("accept", true)).as(200);
    var added = accepted.path("added").path(0).path("name").asString();
    platform.test(platform.ada, added, Json.object());
    assertThat(remote.last().target()).isEqualTo("/b");
    platform
        .post(platform.root, "/agents/tools/" + added + "/test", json("{'parameters':{}}"))
        .as(403);
  }

  @Test
  void a_credential_does_not_follow_an_operation_to_where_its_connection_was() {
    var content =
        document(
            "/a: {get: {servers: [{url: '%s/own'}], responses: {'200': {description: d}}}}"
                .formatted(remote.url()));
    var made = imported(platform.ada, body(content).put("name", name("moved")));
    var tool = tool(made, "GET /a");
    platform.test(platform.ada, tool, Json.object());
    assertThat(remote.last().target()).isEqualTo("/own/a");
    try (var other = new Remote()) {
      var id = made.path("connector").path("id").asString();
      platform
          .put(
              platform.ada,
              "/api/connections/" + id,
              json(
                  "{'base_url':'%s','auth':{'type':'bearer','token':'new'}}"
                      .formatted(other.url())))
          .as(200);
      var count = remote.count();
      var answer = platform.test(platform.ada, tool, Json.object());
      assertThat(answer.path("success").asBoolean(true)).isFalse();
      assertThat(answer.path("error_type").asString()).isEqualTo("permission_error");
      assertThat(remote.count()).isEqualTo(count);
    }
  }

  @Test
  void another_workspace_may_have_the_same_names_and_sees_nothing() {
    var content =
        document("/a: {get: {operationId: shared_name, responses: {'200': {description: d}}}}");
    var connector = name("both");
    var ours = imported(platform.ada, body(content).put("name", connector));
    var theirs = imported(platform.eve, body(content).put("name", connector));
    assertThat(tool(ours, "GET /a")).isEqualTo(tool(theirs, "GET /a")).isEqualTo("shared_name");
    assertThat(
            platform.one(
                "select count(distinct workspace_id) from import_operation where operation = 'GET /a'"
                    + " and connection_id in ('%s', '%s')"
                        .formatted(
                            ours.path("connector").path("id").asString(),
                            theirs.path("connector").path("id").asString()),
                Integer.class))
        .isEqualTo(2);
  }

  @Test
  void a_connection_that_was_not_imported_has_nothing_to_import_again() {
    var connection =
        platform
            .post(
                platform.ada,
                "/api/connections",
                json("{'name':'%s','base_url':'%s'}".formatted(name("plain"), remote.url())))
            .as(201)
            .path("connection")
            .path("id")
            .asString();
    platform
        .post(
            platform.ada,
            "/api/custom-tools/connectors/" + connection + "/import",
            body(document("/a: {get: {responses: {'200': {description: d}}}}")))
        .as(409);
  }

  @Test
  void more_than_five_hundred_tools_are_not_made_at_once() {
    var paths = new ArrayList<String>();
    for (var i = 0; i < 501; i++) {
      paths.add("/p%d: {get: {responses: {'200': {description: d}}}}".formatted(i));
    }
    var body = body(document(paths.toArray(String[]::new))).put("name", name("many"));
    assertThat(platform.post(platform.ada, IMPORT, body).as(400).path("message").toString())
        .contains("more than 500");
    for (var i = 0; i < 500; i++) {
      body.withArray("operations").add("GET /p" + i);
    }
    assertThat(imported(platform.ada, body).path("tools")).hasSize(500);
  }

  @Test
  void a_document_that_takes_too_long_is_given_up() throws InterruptedException {
    var release = new CountDownLatch(1);
    try (var egress = new Egress(EgressPolicy.publicOnly(), Resolver.system())) {
      var documents = new Documents(egress, new Schemas(), Duration.ofMillis(50));
      assertThatExceptionOfType(Unfit.class)
          .isThrownBy(() ->
              documents.timed(() -> {
                try {
                  release.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                return 1;
              }))
          .withMessageContaining("too long");
      assertThatExceptionOfType(Unfit.class)
          .isThrownBy(() -> new Documents(egress, new Schemas()).timed(() -> endless(0)))
          .withMessageContaining("too deep");
    } finally {
      release.countDown();
    }
  }

  @SuppressWarnings("InfiniteRecursion") // so it shall
  private static int endless(int depth) {
    return endless(depth + 1) + 1;
  }
}
