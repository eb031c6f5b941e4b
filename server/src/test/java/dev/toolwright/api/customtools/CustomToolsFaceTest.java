package dev.toolwright.api.customtools;

import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import dev.toolwright.json.Json;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The custom-tools face: connectors with endpoints, snippets, credentials, and tools made of them.
@SuppressWarnings("NullAway.Init")
class CustomToolsFaceTest {
  private static final String ROOT = "/api/custom-tools";
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

  private static JsonNode made(String path, String body) {
    return platform.post(platform.ada, ROOT + path, json(body)).as(201);
  }

  private static String connector(String more) {
    return made(
            "/connectors",
            "{'name':'%s','displayName':'An API','baseUrl':'%s','apiType':'rest'%s}"
                .formatted(name("connector"), remote.url(), more))
        .path("connector")
        .path("id")
        .asString();
  }

  private static String endpoint(String connector, String body) {
    return made("/connectors/" + connector + "/endpoints", body)
        .path("endpoint")
        .path("id")
        .asString();
  }

  private static TestPlatform.Answer execute(String tool, String parameters) {
    return platform.post(
        platform.ada,
        ROOT + "/" + tool + "/execute",
        Json.object().set("parameters", json(parameters)));
  }

  @Test
  void a_connector_an_endpoint_and_a_tool_call_an_api() {
    remote.at("/users/octocat", 200, "{\"login\": \"octocat\"}");
    // Without a credential yet: it calls without authorisation.
    var connector =
        connector(
            ",'authType':'bearer','defaultHeaders':{'Accept':'application/vnd.github.v3+json'}");
    var endpoint =
        endpoint(
            connector,
            "{'name':'get_user','displayName':'Get GitHub User','method':'GET','path':'/users/{username}',"
                + "'pathParams':[{'name':'username','type':'string','required':true}]}");
    var tool = name("github_get_user");
    var made =
        made(
            "",
            "{'name':'%s','displayName':'Get GitHub User','type':'api_call','config':{'endpointId':'%s'},'parameters':[{'name':'username','type':'string','required':true}]}"
                .formatted(tool, endpoint));
    var id = made.path("tool").path("id").asString();
    assertThat(made.path("tool").path("type").asString()).isEqualTo("api_call");
    var answer = execute(id, "{'username':'octocat'}").as(200);
    assertThat(answer.path("message").asString()).isEqualTo("Tool executed successfully");
    assertThat(answer.path("result").path("login").asString()).isEqualTo("octocat");
    assertThat(answer.path("durationMs").isNumber()).isTrue();
    assertThat(answer.path("logs").isArray()).isTrue();
    assertThat(remote.last().header("Accept")).isEqualTo("application/vnd.github.v3+json");
    assertThat(remote.last().header("Authorization")).isNull();

    var logs = platform.get(platform.ada, ROOT + "/" + id + "/logs").as(200);
    assertThat(logs.path("count").asInt()).isEqualTo(1);
    assertThat(logs.path("logs").get(0).path("executionId")).isEqualTo(answer.path("executionId"));
    var shown = platform.get(platform.ada, ROOT + "/" + id).as(200).path("tool");
    assertThat(shown.path("usage").path("executionCount").asInt()).isEqualTo(1);
    assertThat(shown.path("parameters").get(0).path("name").asString()).isEqualTo("username");
    // The same tool, by the Agents face.
    assertThat(
            platform
                .test(platform.ada, tool, json("{'username':'octocat'}"))
                .path("success")
                .asBoolean())
        .isTrue();
  }

  @Test
  void a_snippet_becomes_a_tool() {
    var snippet =
        made(
                "/code-snippets",
                Json.write(
                    Json.object()
                        .put("name", name("calculate_profit"))
                        .put("language", "javascript")
                        .put("returnType", "json")
                        .put(
                            "code",
                            "const revenue = params.revenue;\nconst cost = params.cost;\nconst margin = ((revenue - cost) / revenue) * 100;\nreturn { margin: margin.toFixed(2) + `%` };")))
            .path("snippet")
            .path("id")
            .asString();
    var run =
        platform
            .post(
                platform.ada,
                ROOT + "/code-snippets/" + snippet + "/execute",
                json("{'parameters':{'revenue':10000,'cost':7000}}"))
            .as(200);
    assertThat(run.path("message").asString()).isEqualTo("Code executed successfully");
    assertThat(run.path("result").path("margin").asString()).isEqualTo("30.00%");
    var tool =
        made(
                "",
                "{'name':'%s','type':'code_execution','config':{'snippetId':'%s'},'parameters':[{'name':'revenue','type':'number','required':true},{'name':'cost','type':'number','required':true,'min':0}]}"
                    .formatted(name("profit_calculator"), snippet))
            .path("tool")
            .path("id")
            .asString();
    assertThat(
            execute(tool, "{'revenue':10000,'cost':7000}")
                .as(200)
                .path("result")
                .path("margin")
                .asString())
        .isEqualTo("30.00%");
    var refused = execute(tool, "{'revenue':'many','cost':-1}").as(422);
    assertThat(refused.path("message").asString()).contains("revenue", "cost");
    assertThat(refused.path("executionId").asString()).startsWith("call_");

    platform
        .put(platform.ada, ROOT + "/code-snippets/" + snippet, json("{'code':'return 1;'}"))
        .as(200);
    assertThat(execute(tool, "{'revenue':1,'cost':1}").as(200).path("result").asInt()).isEqualTo(1);
    assertThat(
            platform
                .delete(platform.ada, ROOT + "/code-snippets/" + snippet)
                .as(409)
                .path("message")
                .asString())
        .contains("in use");
    platform.delete(platform.ada, ROOT + "/code-snippets/" + snippet + "?force=true").as(200);
    assertThat(execute(tool, "{'revenue':1,'cost':1}").status()).isEqualTo(403);
  }

  @Test
  void a_snippet_in_python_uses_no_more_memory_than_it_says() {
    for (var limit : List.of(24, 200)) {
      var snippet =
          made(
                  "/code-snippets",
                  "{'name':'"
                      + name("hungry")
                      + "','language':'python','code':'def f(parameters, context):\\n    return len(bytearray(100 << 20))','memoryLimit':"
                      + limit
                      + "}")
              .path("snippet")
              .path("id")
              .asString();
      var executed =
          platform.post(
              platform.ada, ROOT + "/code-snippets/" + snippet + "/execute", Json.object());
      assertThat(executed.text()).contains(limit < 100 ? "more memory than it may" : "104857600");
    }
  }

  @Test
  void a_fault_in_code_is_named_where_this_face_has_it() {
    var refused =
        platform
            .post(
                platform.ada,
                ROOT + "/code-snippets",
                json("{'name':'" + name("bad") + "','language':'javascript','code':'return (;'}"))
            .as(400);
    assertThat(refused.path("message").toString()).contains("code has a syntax error at line 1");
    var tool =
        platform
            .post(
                platform.ada,
                ROOT,
                json(
                    "{'name':'no good','type':'soap','config':{},'parameters':[{'type':'text'},{'name':'a'},{'name':'a'}],'colour':1}"))
            .as(400);
    assertThat(tool.path("message").toString())
        .contains(
            "name must start",
            "type must be one of",
            "parameters[0].name is required",
            "parameters[0].type",
            "parameters[2].name is given twice",
            "colour");
  }

  @Test
  void a_stored_credential_serves_the_connectors_of_its_owner() {
    var credential =
        made(
                "/credentials",
                "{'name':'"
                    + name("cred")
                    + "','type':'api_key','data':{'apiKey':'sk-canary','keyName':'X-Key'}}")
            .path("credential");
    assertThat(credential.toString()).doesNotContain("canary");
    var id = credential.path("id").asString();
    var connector = connector(",'authType':'api_key','credentialId':'" + id + "'");
    var endpoint = endpoint(connector, "{'name':'ping','method':'GET','path':'/ping'}");
    var called =
        platform
            .post(platform.ada, ROOT + "/connectors/endpoints/" + endpoint + "/call", json("{}"))
            .as(200);
    assertThat(called.path("message").asString()).isEqualTo("API call successful");
    assertThat(called.path("data").path("fine").asBoolean()).isTrue();
    assertThat(called.path("retryCount").asInt()).isZero();
    assertThat(remote.last().header("X-key")).isEqualTo("sk-canary");

    platform
        .put(platform.ada, ROOT + "/credentials/" + id, json("{'data':{'apiKey':'sk-next'}}"))
        .as(200);
    platform
        .post(platform.ada, ROOT + "/connectors/endpoints/" + endpoint + "/call", json("{}"))
        .as(200);
    assertThat(remote.last().header("X-key")).isEqualTo("sk-next");

    platform.get(platform.bob, ROOT + "/credentials/" + id).as(404);
    assertThat(
            platform
                .post(
                    platform.bob,
                    ROOT + "/connectors",
                    json(
                        "{'name':'"
                            + name("stolen")
                            + "','baseUrl':'http://127.0.0.1:1','credentialId':'"
                            + id
                            + "'}"))
                .as(400)
                .path("message")
                .toString())
        .contains("credentialId names no credential of yours");
    assertThat(platform.delete(platform.ada, ROOT + "/credentials/" + id).status()).isEqualTo(409);
    for (var path : List.of("/credentials", "/credentials/" + id, "/connectors/" + connector)) {
      assertThat(platform.get(platform.ada, ROOT + path).text()).doesNotContain("sk-");
    }
  }

  @Test
  void arguments_go_to_the_place_that_declares_them() {
    var endpoint =
        endpoint(
            connector(""),
            "{'name':'place','method':'POST','path':'/orders/{id}','pathParams':[{'name':'id','type':'integer','required':true}],"
                + "'queryParams':[{'name':'dry','type':'boolean','default':true}],'headers':{'X-Trace':'{{trace}}'},"
                + "'bodySchema':{'type':'object','properties':{'item':{'type':'string'}},'required':['item']}}");
    platform
        .post(
            platform.ada,
            ROOT + "/connectors/endpoints/" + endpoint + "/call",
            json(
                "{'pathParams':{'id':7},'headers':{'trace':'t1'},'body':{'item':'book','more':1}}"))
        .as(200);
    assertThat(remote.last().target()).isEqualTo("/orders/7?dry=true");
    assertThat(remote.last().header("X-trace")).isEqualTo("t1");
    assertThat(remote.last().body()).isEqualTo("{\"item\":\"book\",\"more\":1}");
    assertThat(
            platform
                .post(
                    platform.ada,
                    ROOT + "/connectors/endpoints/" + endpoint + "/call",
                    json("{'parameters':{'id':'x'}}"))
                .as(422)
                .path("message")
                .asString())
        .contains("id", "item");
  }

  @Test
  void an_answer_that_does_not_fit_its_schema_is_a_failure() {
    remote.at("/shape", 200, "{\"id\": \"seven\"}");
    var connector = connector("");
    var endpoint =
        endpoint(
            connector,
            "{'name':'shape','path':'/shape','responseSchema':{'type':'object','properties':{'id':{'type':'integer'}}}}");
    var path = ROOT + "/connectors/endpoints/" + endpoint;
    var failed = platform.post(platform.ada, path + "/call", json("{}")).as(502);
    assertThat(failed.path("message").asString()).contains("does not fit", "id");
    platform.put(platform.ada, path, json("{'responseSchema':null}")).as(200);
    platform.post(platform.ada, path + "/call", json("{}")).as(200);
    remote.at("/slow", (_, _) -> remote.hang());
    var slow = endpoint(connector, "{'name':'slow','path':'/slow','timeout':200}");
    var late =
        platform.post(platform.ada, ROOT + "/connectors/endpoints/" + slow + "/call", json("{}"));
    assertThat(late.as(504).path("executionId").asString()).startsWith("call_");
  }

  @Test
  void executions_are_told_to_whoever_may_know() {
    var snippet =
        made(
                "/code-snippets",
                "{'name':'"
                    + name("mine")
                    + "','code':'console.log(`hi`); return params.n;','isShared':true}")
            .path("snippet")
            .path("id")
            .asString();
    var path = ROOT + "/code-snippets/" + snippet + "/execute";
    var run = platform.post(platform.bob, path, json("{'params':{'n':5}}")).as(200);
    assertThat(run.path("logs").get(0).asString()).isEqualTo("hi");
    var execution = ROOT + "/executions/" + run.path("executionId").asString();
    assertThat(
            platform
                .get(platform.bob, execution)
                .as(200)
                .path("execution")
                .path("parameters")
                .path("n")
                .asInt())
        .isEqualTo(5);
    platform.get(platform.ada, execution).as(404);
    platform.get(platform.root, execution).as(200);
    platform.get(platform.eve, execution).as(404);
    assertThat(
            platform
                .get(platform.bob, ROOT + "/executions?toolId=" + snippet + "&success=true")
                .as(200)
                .path("count")
                .asInt())
        .isEqualTo(1);
  }

  @Test
  void a_whole_form_sent_back_changes_nothing() {
    var connector = connector(",'rateLimitConfig':{'maxRequests':5,'windowMs':60000}");
    for (var path :
        List.of(
            "/connectors/" + connector,
            "/connectors/endpoints/" + endpoint(connector, "{'name':'same','path':'/same'}"))) {
      var shown = platform.get(platform.ada, ROOT + path).as(200).iterator().next();
      assertThat(
              platform.put(platform.ada, ROOT + path, shown).as(200).findValue("version").asInt())
          .isEqualTo(1);
    }
  }

  @Test
  void a_tool_goes_back_to_an_earlier_version() {
    var body =
        json(
            "{'name':'"
                + name("back")
                + "','type':'code_execution','config':{'code':'return 1;','language':'javascript'}}");
    var id =
        platform
            .post(platform.ada, "/api/custom-tools", body)
            .as(201)
            .path("tool")
            .path("id")
            .asString();
    platform.put(platform.ada, "/api/custom-tools/" + id, json("{'description':'second'}")).as(200);
    var back =
        platform
            .post(platform.ada, "/api/custom-tools/" + id + "/rollback", json("{'version':1}"))
            .as(200)
            .path("tool");
    assertThat(back.path("description").asString()).isEmpty();
    var versions = platform.get(platform.ada, "/api/custom-tools/" + id + "/versions").as(200);
    assertThat(versions.path("count").asInt()).isEqualTo(3);
    assertThat(versions.path("versions").get(0).path("version").asInt()).isEqualTo(3);
    platform
        .post(platform.ada, "/api/custom-tools/" + id + "/rollback", json("{'version':9}"))
        .as(404);
  }

  @Test
  void a_change_of_an_imported_endpoints_title_keeps_how_it_fills_its_request() {
    var document =
        """
        {"openapi":"3.0.0","info":{"title":"t","version":"1"},"servers":[{"url":"https://203.0.113.1"}],
         "paths":{"/x":{"get":{"operationId":"getX","parameters":[
           {"name":"page-size","in":"query","schema":{"type":"integer"}},
           {"name":"page_size","in":"query","schema":{"type":"integer"}}],
           "responses":{"200":{"description":"ok"}}}}}}
        """;
    var imported =
        platform
            .post(
                platform.ada,
                "/api/custom-tools/connectors/import",
                Json.object().put("content", document).put("name", name("imported")))
            .body();
    var connector = imported.at("/connector/id").asString();
    var path = "/api/custom-tools/connectors/" + connector + "/endpoints";
    var endpoint = platform.get(platform.ada, path).as(200).path("endpoints").get(0);
    var id = endpoint.path("id").asString();
    var before =
        platform.one(
            "select r.body #>> '{operation,query}' from revision r join definition d using (workspace_id, id)"
                + " where r.id = '"
                + id
                + "' and r.number = d.version",
            String.class);
    platform
        .put(
            platform.ada,
            "/api/custom-tools/connectors/endpoints/" + id,
            json("{'description':'changed'}"))
        .as(200);
    var after =
        platform.one(
            "select r.body #>> '{operation,query}' from revision r join definition d using (workspace_id, id)"
                + " where r.id = '"
                + id
                + "' and r.number = d.version",
            String.class);
    assertThat(after).isEqualTo(before).contains("page-size");
  }
}
