package dev.toolwright.api.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.account.Role;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Who gets in, with what, and what the rest are told.
class GateTest {
  private static final List<Route> ROUTES = routes();
  private static final WebFixture SERVER =
      new WebFixture(
          _ -> ROUTES, new WebSettings("127.0.0.1", 0, List.of("https://app.example.com")));

  private static List<Route> routes() {
    return List.of(
        route(
            "GET",
            "/agents/{id}",
            "agents",
            x -> x.json(200, Json.object().put("id", x.path("id")))),
        route("GET", "/agents/list", "agents", x -> x.json(200, Json.object().put("id", "(list)"))),
        route("POST", "/agents/echo", "agents", x -> x.json(200, x.body())),
        route("POST", "/agents/fields", "agents", GateTest::twoFields),
        route("GET", "/api/custom-tools", "custom-tools", x -> x.json(200, Json.object())),
        route("GET", "/tools", "catalog", GateTest::query),
        Route.of(
            "DELETE",
            "/api/users/{id}",
            Access.group("admin"),
            Role.ADMIN,
            "",
            x -> x.json(200, Json.object())),
        route(
            "GET",
            "/agents/crash",
            "agents",
            _ -> {
              throw new IllegalStateException("secret internals");
            }),
        route(
            "GET",
            "/api/busy",
            "enterprise",
            _ -> {
              throw Problem.retryLater(Problem.Kind.LIMITED, "slow down", Duration.ofMillis(1500));
            }),
        Route.of("GET", "/open", Access.PUBLIC, Role.VIEWER, "", x -> x.json(200, Json.object())));
  }

  private static Route route(String method, String path, String group, Handler handler) {
    return Route.of(method, path, Access.group(group), Role.VIEWER, "", handler);
  }

  private static void twoFields(Exchange x) {
    var fields = Fields.of(x.body());
    fields.requiredText("a", 1, 5);
    fields.requiredText("b", 1, 5);
    fields.finish();
  }

  private static void query(Exchange x) {
    var answer = Json.object().put("limit", x.intQuery("limit", 10, 1, 100));
    answer.put("filter", x.query("filter")).put("all", x.flag("all", false));
    answer.set("tags", Json.tree(x.queries("tag")));
    x.json(200, answer);
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  private static JsonNode json(HttpResponse<String> response) {
    return Json.stored(response.body());
  }

  @Test
  void every_route_refuses_strangers() throws Exception {
    EveryRoute.refusesStrangers(SERVER.web.port(), ROUTES);
  }

  @ParameterizedTest
  @CsvSource({
    "X-Token,%s",
    "Authorization,Bearer %s",
    "authorization,bEARER  %s",
    "Cookie,accessToken=%s"
  })
  void any_carrier_takes_the_token(String header, String value) throws Exception {
    var request =
        SERVER
            .request("GET", "/agents/list", null)
            .header(header, value.replace("%s", SERVER.token));
    assertThat(SERVER.send(request).statusCode()).isEqualTo(200);
  }

  @Test
  void the_first_carrier_decides_and_a_wrong_header_is_not_mended_by_a_cookie() throws Exception {
    var cookie = "accessToken=" + SERVER.token;
    var wrong = SERVER.request("GET", "/agents/list", null).header("Cookie", cookie);
    assertThat(SERVER.send(wrong.header("X-Token", "tw_no")).statusCode()).isEqualTo(401);
    var stale = SERVER.request("GET", "/agents/list", null).header("Cookie", "accessToken=old");
    assertThat(SERVER.send(stale.header("X-Token", SERVER.token)).statusCode()).isEqualTo(200);
  }

  @Test
  void groups_and_roles_are_both_needed() throws Exception {
    assertThat(asViewer("GET", "/agents/list").statusCode()).isEqualTo(200);
    assertThat(asViewer("GET", "/api/custom-tools").statusCode()).isEqualTo(403);
    assertThat(SERVER.call("DELETE", "/api/users/x", null).statusCode()).isEqualTo(403);
    var admin = SERVER.request("DELETE", "/api/users/x", null).header("X-Token", SERVER.adminToken);
    assertThat(SERVER.send(admin).statusCode()).isEqualTo(200);
  }

  private static HttpResponse<String> asViewer(String method, String path) throws Exception {
    return SERVER.send(SERVER.request(method, path, null).header("X-Token", SERVER.viewerToken));
  }

  @Test
  void fixed_paths_come_before_places() throws Exception {
    assertThat(json(SERVER.call("GET", "/agents/list", null)).path("id").stringValue())
        .isEqualTo("(list)");
    assertThat(json(SERVER.call("GET", "/agents/a%20b", null)).path("id").stringValue())
        .isEqualTo("a b");
  }

  @Test
  void one_fault_is_a_string_and_several_are_an_array() throws Exception {
    var one = json(SERVER.call("POST", "/agents/fields", "{\"a\":\"x\"}"));
    assertThat(one.path("message").stringValue()).isEqualTo("b is required");
    assertThat(one.path("response").stringValue()).isEqualTo("400");
    assertThat(one.path("details").isObject()).isTrue();
    var two = json(SERVER.call("POST", "/agents/fields", "{}"));
    assertThat(two.path("message").size()).isEqualTo(2);
    assertThat(two.path("error").stringValue()).isEqualTo("Bad Request");
  }

  @Test
  void a_crash_tells_nothing_but_its_request_id() throws Exception {
    var request = SERVER.request("GET", "/agents/crash", null).header("X-Request-Id", "abc-1");
    var response = SERVER.send(request.header("X-Token", SERVER.token));
    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(response.body()).doesNotContain("secret").contains("\"requestId\":\"abc-1\"");
    assertThat(response.headers().firstValue("X-Request-Id")).contains("abc-1");
  }

  @Test
  void a_strange_request_id_is_replaced() throws Exception {
    var request = SERVER.request("GET", "/open", null).header("X-Request-Id", "a b<script>");
    assertThat(SERVER.send(request).headers().firstValue("X-Request-Id").orElseThrow())
        .startsWith("req_");
  }

  @Test
  void retry_after_is_in_whole_seconds() throws Exception {
    var response = SERVER.call("GET", "/api/busy", null);
    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(response.headers().firstValue("Retry-After")).contains("2");
    assertThat(json(response).has("response")).isFalse();
  }

  @Test
  void answers_carry_the_security_headers() throws Exception {
    var headers = SERVER.send(SERVER.request("GET", "/open", null)).headers();
    assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
    assertThat(headers.firstValue("Referrer-Policy")).contains("no-referrer");
    assertThat(headers.firstValue("Cache-Control")).contains("no-store");
    assertThat(headers.firstValue("Server")).isEmpty();
    assertThat(headers.firstValue("Content-Type")).contains("application/json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "3", "\"x\"", "{", "{}{}", "{\"a\":1,\"a\":2}", "\u0000"})
  void a_body_must_be_one_json_object(String body) throws Exception {
    assertThat(SERVER.call("POST", "/agents/echo", body).statusCode()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"a\":\"\\u0000\"}", "{\"\\u0000\":1}", "{\"a\":[\"\\ud800\"]}"})
  void text_that_cannot_be_stored_is_refused(String body) throws Exception {
    var response = SERVER.call("POST", "/agents/echo", body);
    assertThat(response.statusCode()).isEqualTo(400);
  }

  @Test
  void no_body_is_an_empty_object() throws Exception {
    assertThat(SERVER.call("POST", "/agents/echo", null).body()).isEqualTo("{}");
  }

  @ParameterizedTest
  @CsvSource({
    "application/json,200",
    "application/json; charset=utf-8,200",
    "text/plain;charset=UTF-8,200",
    "application/merge-patch+json,200",
    "application/x-www-form-urlencoded,415",
    "multipart/form-data; boundary=x,415",
    "text/xml,415"
  })
  void json_may_come_as_text_but_not_as_a_form(String type, int status) throws Exception {
    var request = SERVER.request("POST", "/agents/echo", "{}").header("Content-Type", type);
    assertThat(SERVER.send(request.header("X-Token", SERVER.token)).statusCode()).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({
    "application/json,,,200",
    "text/plain,,,415",
    "application/json,Sec-Fetch-Site,cross-site,403",
    "application/json,Sec-Fetch-Site,same-site,403",
    "application/json,Sec-Fetch-Site,same-origin,200",
    "application/json,Origin,https://evil.example,403",
    "application/json,Origin,null,403",
    "application/json,Origin,https://app.example.com,403",
    "application/json,Origin,OURS,200"
  })
  void a_cookie_writes_from_our_own_pages_only(String type, String header, String value, int status)
      throws Exception {
    var request = withCookie("POST", "/agents/echo", "{}").header("Content-Type", type);
    if (header != null) {
      request.header(
          header, value.equals("OURS") ? "http://127.0.0.1:" + SERVER.web.port() : value);
    }
    assertThat(SERVER.send(request).statusCode()).isEqualTo(status);
  }

  @Test
  void a_cookie_reads_from_anywhere() throws Exception {
    var request = withCookie("GET", "/agents/list", null).header("Sec-Fetch-Site", "cross-site");
    assertThat(SERVER.send(request).statusCode()).isEqualTo(200);
  }

  private static HttpRequest.Builder withCookie(String method, String path, @Nullable String body) {
    return SERVER.request(method, path, body).header("Cookie", "accessToken=" + SERVER.token);
  }

  @Test
  void listed_origins_may_call_and_read() throws Exception {
    var origin = "https://app.example.com";
    var preflight =
        SERVER.send(
            SERVER
                .request("OPTIONS", "/agents/echo", null)
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "POST"));
    assertThat(preflight.statusCode()).isEqualTo(204);
    assertThat(preflight.headers().firstValue("Access-Control-Allow-Origin")).contains(origin);
    assertThat(preflight.headers().firstValue("Access-Control-Allow-Headers").orElseThrow())
        .contains("Authorization", "X-Token", "Content-Type", "Idempotency-Key");
    assertThat(preflight.headers().firstValue("Access-Control-Allow-Credentials")).isEmpty();
    var refused = SERVER.send(SERVER.request("GET", "/agents/list", null).header("Origin", origin));
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.headers().firstValue("Access-Control-Allow-Origin")).contains(origin);
    assertThat(refused.headers().firstValue("Vary")).contains("Origin");
  }

  @Test
  void other_origins_may_not() throws Exception {
    var preflight =
        SERVER.send(
            SERVER
                .request("OPTIONS", "/agents/echo", null)
                .header("Origin", "https://evil.example"));
    assertThat(preflight.headers().map().keySet())
        .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("access-control"));
  }

  @Test
  void other_methods_are_told_which_ones_there_are() throws Exception {
    for (var method : List.of("DELETE", "PUT", "BREW", "TRACE")) {
      var response = SERVER.call(method, "/agents/list", null);
      assertThat(response.statusCode()).as(method).isEqualTo(405);
      assertThat(response.headers().firstValue("Allow")).contains("GET, HEAD, OPTIONS");
      assertThat(json(response).path("statusCode").intValue()).isEqualTo(405);
    }
  }

  @Test
  void unknown_paths_are_not_found() throws Exception {
    var response = SERVER.call("GET", "/nowhere", null);
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(json(response).path("error").stringValue()).isEqualTo("Not Found");
  }

  @Test
  void head_answers_the_headers_of_get() throws Exception {
    var response = SERVER.call("HEAD", "/agents/list", null);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
    assertThat(response.headers().firstValue("Content-Length")).contains("15");
  }

  @Test
  void queries_are_clamped_or_refused() throws Exception {
    assertThat(limit("?limit=1000")).isEqualTo(100);
    assertThat(limit("")).isEqualTo(10);
    assertThat(limit("&limit=7&tag=a&tag=b")).isEqualTo(7);
    for (var wrong : List.of("0", "-1", "x", "1.5")) {
      assertThat(SERVER.call("GET", "/tools?limit=" + wrong, null).statusCode()).isEqualTo(400);
    }
    assertThat(SERVER.call("GET", "/tools?all=maybe", null).statusCode()).isEqualTo(400);
    assertThat(SERVER.call("GET", "/tools?x=%00", null).statusCode()).isEqualTo(400);
  }

  private static int limit(String query) throws Exception {
    return json(SERVER.call("GET", "/tools" + query, null)).path("limit").intValue();
  }

  @Test
  void raw_characters_in_a_query_are_read_as_they_are() throws Exception {
    var answer =
        SERVER.raw(
            "GET /tools?filter={\"type\":\"mcp\",\"p\":\"50%|^\"} HTTP/1.1\r\nHost: x\r\nConnection:"
                + " close\r\nX-Token: "
                + SERVER.token
                + "\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 200");
    assertThat(
            Json.stored(answer.substring(answer.indexOf("\r\n\r\n") + 4))
                .path("filter")
                .stringValue())
        .isEqualTo("{\"type\":\"mcp\",\"p\":\"50%|^\"}");
  }
}
