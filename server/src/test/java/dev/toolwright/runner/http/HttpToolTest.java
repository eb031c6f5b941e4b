package dev.toolwright.runner.http;

import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Tools that are one HTTP request, against a service that behaves and misbehaves.
@SuppressWarnings("NullAway.Init")
class HttpToolTest {
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

  private static String made(String method, String path) {
    var tool = name("http");
    platform.tool(platform.ada, http(tool, method, remote.url() + path));
    return tool;
  }

  private static ObjectNode body(ObjectNode tool) {
    return (ObjectNode) tool.path("implementation");
  }

  private static JsonNode call(String tool, String arguments) {
    return platform.test(platform.ada, tool, json(arguments));
  }

  @Test
  void values_are_encoded_for_their_place() {
    var tool = name("places");
    var body = http(tool, "POST", remote.url() + "/a/{id}/{{id}}?q={q}&gone={gone}&fixed=1");
    var implementation = body(body);
    implementation.putObject("headers").put("X-Mark", "v={{mark}}").put("Content-Type", "text/x");
    implementation.set(
        "body",
        json("{'whole':'{{list}}','text':'a {{id}} b','deep':[{'n':'{{n}}'}],'not':'{id}'}"));
    platform.tool(platform.ada, body);
    call(
        tool,
        "{'id':'x/../y?z&{{mark}}','q':'a b&c=d','mark':'m','list':[1,{'k':2}],'n':5,'rest':true}");
    var request = remote.last();
    var encoded = "x%2F..%2Fy%3Fz%26%7B%7Bmark%7D%7D";
    assertThat(request.target())
        .isEqualTo("/a/" + encoded + "/" + encoded + "?q=a%20b%26c%3Dd&fixed=1");
    assertThat(request.header("X-mark")).isEqualTo("v=m");
    assertThat(request.header("Content-type")).startsWith("application/json");
    assertThat(Json.stored(request.body()))
        .isEqualTo(
            json(
                "{'whole':[1,{'k':2}],'text':'a x/../y?z&{{mark}} b','deep':[{'n':5}],'not':'{id}','rest':true}"));
  }

  @Test
  void what_fills_no_place_goes_to_the_query_of_a_get() {
    var tool = made("GET", "/list?x=1");
    call(tool, "{'a':[1,2],'o':{'k':'v'},'none':null,'ü':'ö'}");
    assertThat(remote.last().target())
        .isEqualTo("/list?x=1&a=1&a=2&o=%7B%22k%22%3A%22v%22%7D&%C3%BC=%C3%B6");
    assertThat(remote.last().body()).isEmpty();
  }

  @Test
  void a_value_that_would_change_the_paths_shape_is_refused() {
    var tool = made("GET", "/walk/{id}/end");
    var before = remote.count();
    for (var bad : List.of("{'id':'..'}", "{'id':'.'}", "{'id':''}", "{}", "{'id':null}")) {
      platform
          .post(
              platform.ada,
              "/agents/tools/" + tool + "/test",
              Json.object().set("parameters", json(bad)))
          .as(422);
    }
    assertThat(remote.count()).isEqualTo(before);
  }

  @Test
  void a_header_cannot_be_split() {
    var tool = name("split");
    var body = http(tool, "GET", remote.url() + "/split");
    body(body).putObject("headers").put("X-Mark", "{{mark}}");
    platform.tool(platform.ada, body);
    for (var bad : List.of("a\\r\\nX-Evil: 1", "a\\nb", "a\\u0001b", "ü")) {
      var answer =
          platform.post(
              platform.ada,
              "/agents/tools/" + tool + "/test",
              Json.object().set("parameters", json("{'mark':'" + bad + "'}")));
      assertThat(answer.status()).as(bad + answer.text()).isIn(200, 422);
      assertThat(answer.body().path("success").asBoolean(false)).as(bad).isFalse();
    }
    assertThat(remote.requests("/split")).isEmpty();
    for (var header : List.of("Host", "Content-Length", "X Y", "Connection")) {
      var refused = http(name("header"), "GET", remote.url());
      body(refused).putObject("headers").put(header, "x");
      platform.post(platform.ada, "/agents/tools/create", refused).as(400);
    }
  }

  @Test
  void an_idempotency_key_goes_with_everything_that_may_change_something() {
    for (var method : List.of("GET", "POST", "PUT", "PATCH", "DELETE")) {
      call(made(method, "/key"), "{}");
      assertThat(remote.last().header("Idempotency-key") != null)
          .as(method)
          .isEqualTo(!method.equals("GET"));
    }
  }

  @Test
  void a_once_tool_that_gets_no_answer_has_an_unknown_outcome_and_is_not_repeated() {
    remote.at("/drop-once", (_, _) -> {});
    var tool = made("POST", "/drop-once");
    var answer = call(tool, "{'amount':5}");
    assertThat(answer.path("error_type").asString()).isEqualTo("outcome_unknown");
    assertThat(remote.requests("/drop-once")).hasSize(1);

    remote.at("/hang-once", (_, _) -> remote.hang());
    var slow = name("slow");
    platform.tool(
        platform.ada,
        http(slow, "POST", remote.url() + "/hang-once").put("max_execution_time_ms", 300));
    assertThat(call(slow, "{}").path("error_type").asString()).isEqualTo("outcome_unknown");
    assertThat(remote.requests("/hang-once")).hasSize(1);
  }

  @Test
  void a_repeatable_tool_is_tried_again_under_the_same_key() {
    remote.at(
        "/drop-put",
        (exchange, count) -> {
          if (count >= 2) {
            Remote.send(exchange, 200, "{\"count\": " + count + "}");
          }
        });
    assertThat(call(made("PUT", "/drop-put"), "{}").path("result").path("count").asInt())
        .isEqualTo(2);
    assertThat(remote.requests("/drop-put"))
        .hasSize(2)
        .extracting(request -> Objects.requireNonNull(request.header("Idempotency-key")))
        .containsOnly(
            Objects.requireNonNull(
                remote.requests("/drop-put").getFirst().header("Idempotency-key")));
  }

  @Test
  void a_busy_service_is_asked_again_when_it_says() {
    remote.at(
        "/busy",
        (exchange, count) -> {
          exchange.getResponseHeaders().set("Retry-After", "0");
          Remote.send(exchange, count == 1 ? 429 : count == 2 ? 503 : 200, "\"served\"");
        });
    assertThat(call(made("GET", "/busy"), "{}").path("result").asString()).isEqualTo("served");
    remote.at(
        "/later",
        (exchange, _) -> {
          exchange.getResponseHeaders().set("Retry-After", "86400");
          Remote.send(exchange, 429, "later");
        });
    var started = System.nanoTime();
    var limited = call(made("GET", "/later"), "{}");
    assertThat(limited.path("error_type").asString()).isEqualTo("rate_limited");
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(5));
    call(made("POST", "/later"), "{}");
    assertThat(remote.requests("/later")).hasSize(2);
  }

  @Test
  void an_answer_that_is_no_success_is_a_failure_with_an_excerpt() {
    remote.at("/broken", 500, "{\"error\": \"boom " + "x".repeat(1000) + "\"}");
    var failed = call(made("GET", "/broken"), "{}");
    assertThat(failed.path("error_type").asString()).isEqualTo("remote_error");
    assertThat(failed.path("error").asString()).contains("500", "boom").hasSizeLessThan(700);
    assertThat(remote.requests("/broken")).hasSize(1);

    remote.at("/text", 200, "plain text");
    assertThat(call(made("GET", "/text"), "{}").path("result").asString()).isEqualTo("plain text");
    remote.at("/empty", 204, "");
    assertThat(call(made("DELETE", "/empty"), "{}").path("success").asBoolean()).isTrue();
    remote.at("/large", 200, "\"" + "x".repeat(1_100_000) + "\"");
    var large = call(made("GET", "/large"), "{}");
    assertThat(large.path("success").asBoolean()).isFalse();
    assertThat(large.toString().length()).isLessThan(2_000);
  }

  @Test
  void a_hanging_service_ends_in_time() {
    remote.at("/hang", (_, _) -> remote.hang());
    var tool = name("hang");
    platform.tool(
        platform.ada, http(tool, "GET", remote.url() + "/hang").put("max_execution_time_ms", 300));
    var started = System.nanoTime();
    assertThat(call(tool, "{}").path("error_type").asString()).isEqualTo("timeout");
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(2));
  }

  @Test
  void an_address_of_this_machine_or_its_cloud_is_denied_without_saying_what_is_there() {
    for (var url :
        List.of(
            "http://169.254.169.254/latest/meta-data/",
            "http://[::1]:1/",
            "http://127.0.0.2:1/",
            "http://10.0.0.1/")) {
      var tool = name("denied");
      platform.tool(platform.ada, http(tool, "GET", url));
      assertThat(call(tool, "{}").path("error_type").asString())
          .as(url)
          .isEqualTo("permission_error");
    }
    remote.at(
        "/redirect",
        (exchange, _) -> {
          exchange.getResponseHeaders().set("Location", "http://169.254.169.254/");
          Remote.send(exchange, 302, "");
        });
    assertThat(call(made("GET", "/redirect"), "{}").path("error_type").asString())
        .isEqualTo("permission_error");
  }

  @Test
  void a_bearer_token_is_sent_to_its_origin_and_shown_to_nobody() {
    var secret = "s3cr3t-" + name("token") + "-0123456789";
    remote.at(
        "/echo",
        (exchange, _) ->
            Remote.send(
                exchange,
                200,
                Json.write(
                    Json.object()
                        .put("said", exchange.getRequestHeaders().getFirst("Authorization")))));
    remote.at("/echo-error", (exchange, _) -> Remote.send(exchange, 400, "bad token " + secret));
    var tool = name("bearer");
    var body = http(tool, "GET", remote.url() + "/echo");
    body(body).putObject("auth").put("type", "bearer").put("token", secret);
    platform.tool(platform.ada, body);
    var answer = call(tool, "{}");
    assertThat(remote.last().header("Authorization")).isEqualTo("Bearer " + secret);
    assertThat(answer.toString()).doesNotContain(secret).contains("***");

    var path = "/agents/tools/" + tool;
    var shown = platform.get(platform.ada, path).as(200).path("tool");
    assertThat(shown.path("implementation").path("auth"))
        .isEqualTo(json("{'type':'bearer','token':'***'}"));
    platform.put(platform.ada, path, shown).as(200);
    call(tool, "{}");
    assertThat(remote.last().header("Authorization")).isEqualTo("Bearer " + secret);

    var moved = Json.object();
    moved.set("implementation", shown.path("implementation").deepCopy());
    ((ObjectNode) moved.path("implementation")).put("url", remote.url() + "/echo-error");
    platform.put(platform.ada, path, moved).as(200);
    assertThat(call(tool, "{}").toString()).doesNotContain(secret);
    for (var elsewhere :
        List.of(
            platform.sink.baseUrl() + "/",
            remote.url().replace("127.0.0.1", "localhost") + "/",
            remote.url().replace("http:", "https:") + "/",
            remote.url() + "1/",
            remote.url() + "?x=.evil.example/")) {
      ((ObjectNode) moved.path("implementation")).put("url", elsewhere);
      var put = platform.put(platform.ada, path, moved);
      assertThat(put.status()).as(elsewhere).isIn(400, 200);
      if (put.status() == 200) {
        assertThat(elsewhere).startsWith(remote.url() + "?");
      }
    }
    var own = platform.agent(platform.ada, tool);
    var job =
        platform.ended(
            platform.ada, own, "CALL " + tool + " {}\n---\nSAY it says <<last_tool_result>>");
    assertThat(job.toString()).doesNotContain(secret);
    assertThat(everythingStored()).doesNotContain(secret);
  }

  private static JsonNode refused(ObjectNode tool) {
    return platform.post(platform.ada, "/agents/tools/create", tool).as(400).path("message");
  }

  @Test
  void a_credential_outside_auth_is_refused_and_told_where_it_belongs() {
    for (var header :
        List.of(
            "Authorization",
            "proxy-authorization",
            "Cookie",
            "X-Api-Key",
            "apikey",
            "X-AuthToken",
            "client_secret",
            "X-Password")) {
      var tool = http(name("clear"), "GET", remote.url() + "/x");
      body(tool).putObject("headers").put(header, "Bearer s3cr3t");
      assertThat(refused(tool).toString())
          .as(header)
          .contains("implementation.auth")
          .doesNotContain("s3cr3t");
    }
    for (var query : List.of("?appid=s3cr3t", "?q={q}&api_key=s3cr3t", "?access%5Ftoken=s3cr3t")) {
      assertThat(refused(http(name("clear"), "GET", remote.url() + "/x" + query)).toString())
          .as(query)
          .contains("implementation.auth")
          .doesNotContain("s3cr3t");
    }
    assertThat(refused(http(name("clear"), "GET", "http://user:s3cr3t@example.com/")).toString())
        .doesNotContain("s3cr3t");
    assertThat(everythingStored()).doesNotContain("s3cr3t");

    var fine = http(name("fine"), "GET", remote.url() + "/x?max_tokens=5&appid={appid}&q=token");
    body(fine)
        .putObject("headers")
        .put("X-Api-Key", "Bearer {{key}}")
        .put("X-Trace", "v1")
        .put("X-Max-Tokens", "5");
    platform.tool(platform.ada, fine);
    var shown = platform.get(platform.ada, "/agents/tools/" + fine.path("name").asString()).as(200);
    assertThat(shown.path("tool").path("implementation").path("headers"))
        .isEqualTo(body(fine).path("headers"));
  }

  @Test
  void what_no_call_could_send_is_refused_when_it_is_saved() {
    for (var header : List.of("TE", "expect", "Proxy-Connection", "Keep-Alive", "Upgrade")) {
      var tool = http(name("unsent"), "GET", remote.url() + "/x");
      body(tool).putObject("headers").put(header, "x");
      assertThat(refused(tool).asString()).as(header).contains("is set by the server");
    }
    var twice = http(name("twice"), "GET", remote.url() + "/x");
    body(twice).putObject("headers").put("X-Mark", "a").put("x-mark", "b");
    assertThat(refused(twice).asString()).contains("given twice");
    var odd = http(name("odd"), "GET", remote.url() + "/x");
    body(odd).putObject("headers").put("X-Mark", "ü");
    assertThat(refused(odd).asString()).contains("printable ASCII");
    for (var method : List.of("GET", "HEAD", "DELETE")) {
      var tool = http(name("body"), method, remote.url() + "/x");
      body(tool).putObject("body").put("a", "{{a}}");
      assertThat(refused(tool).asString())
          .isEqualTo("implementation.body is not sent with " + method + "; leave it out");
    }
  }

  @Test
  void a_header_is_sent_once_whatever_its_case() {
    var tool = name("case");
    var body = http(tool, "POST", remote.url() + "/case");
    body(body).putObject("headers").put("accept", "text/csv").put("idempotency-key", "mine");
    body(body).putObject("auth").put("type", "bearer").put("token", "tok-0123456789");
    platform.tool(platform.ada, body);
    assertThat(call(tool, "{}").path("success").asBoolean()).isTrue();
    assertThat(remote.last().header("Accept")).isEqualTo("text/csv");
    assertThat(remote.last().header("Idempotency-key")).startsWith("call_");
  }

  @Test
  void a_path_without_its_value_costs_nothing_and_is_told_with_an_example() {
    var tool = name("free");
    var body = http(tool, "GET", remote.url() + "/of/{id}/{kind}");
    body.set(
        "parameters_schema",
        json("{'type':'object','properties':{'id':{'type':'integer','minimum':7}}}"));
    platform.tool(platform.ada, body);
    var spent =
        "select spent from user_meter where user_id = '" + platform.ada.caller().userId() + "'";
    var before = platform.one(spent, Double.class);
    var told =
        platform
            .post(
                platform.ada, "/agents/tools/" + tool + "/test", json("{'parameters':{'kind':''}}"))
            .as(422);
    assertThat(told.path("details").path("example")).isEqualTo(json("{'id':7,'kind':'example'}"));
    assertThat(told.path("message").toString()).contains("id is part", "kind is part");
    assertThat(platform.one(spent, Double.class)).isEqualTo(before);
  }

  @Test
  void a_credential_that_is_gone_is_a_failure_of_the_tool() {
    var tool = name("gone");
    var body = http(tool, "GET", remote.url() + "/x");
    body(body).putObject("auth").put("type", "bearer").put("token", "tok-0123456789");
    var id = platform.tool(platform.ada, body);
    platform.sql(
        "delete from secret where id = (select body #>> '{config,held,id}' from revision where id = '%s')"
            .formatted(id));
    var answer = call(tool, "{}");
    assertThat(answer.path("error_type").asString()).isEqualTo("execution_error");
    assertThat(answer.path("error").asString()).contains("save it again");
    var job =
        platform.ended(
            platform.ada,
            platform.agent(platform.ada, tool),
            "CALL " + tool + " {}\n---\nSAY fine");
    assertThat(job.path("status").asString()).isEqualTo("completed");
  }

  private static String everythingStored() {
    return platform.one(
        """
        select string_agg(query_to_xml('select * from ' || quote_ident(table_name), true, false, '')::text, '')
        from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'
        """,
        String.class);
  }
}
