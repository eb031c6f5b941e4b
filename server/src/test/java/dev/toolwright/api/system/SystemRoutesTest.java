package dev.toolwright.api.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.EveryRoute;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.WebFixture;
import dev.toolwright.json.Json;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class SystemRoutesTest {
  private static final AtomicReference<Probe.Readiness> DATABASE =
      new AtomicReference<>(new Probe.Readiness("up", true));
  private static final List<Route> ROUTES = new ArrayList<>();
  private static final WebFixture SERVER = new WebFixture(SystemRoutesTest::routes);

  private static List<Route> routes(WebFixture fixture) {
    var probes =
        List.of(
            new Probe("database", DATABASE::get),
            new Probe("sandbox", () -> new Probe.Readiness("refused", true)));
    ROUTES.addAll(SystemRoutes.routes(probes, fixture.meters::scrape, "127.0.0.1"));
    ROUTES.addAll(new TokenRoutes(fixture.accounts).routes());
    ROUTES.addAll(DocsRoutes.routes());
    ROUTES.add(
        Route.of(
            "GET",
            "/agents/{agent_id}",
            Access.group("agents"),
            Role.VIEWER,
            "One agent",
            x -> x.json(200, Json.object())));
    return SystemRoutes.described(ROUTES, "0.1.0");
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return SERVER.send(SERVER.request("GET", path, null));
  }

  private static HttpResponse<String> signIn(String name, String password) throws Exception {
    var body = Json.object().put("username", name).put("password", password);
    return SERVER.send(SERVER.request("POST", "/token/get_token", body.toString()));
  }

  private static JsonNode json(HttpResponse<String> response) {
    return Json.stored(response.body());
  }

  @Test
  void strangers_are_refused_where_they_must_be() throws Exception {
    EveryRoute.refusesStrangers(SERVER.web.port(), ROUTES);
  }

  @Test
  void readiness_tells_of_the_sandbox_but_depends_on_the_database() throws Exception {
    var ready = get("/health/ready");
    assertThat(ready.statusCode()).isEqualTo(200);
    assertThat(ready.body())
        .isEqualTo("{\"status\":\"ready\",\"database\":\"up\",\"sandbox\":\"refused\"}");
    DATABASE.set(new Probe.Readiness("down", false));
    try {
      assertThat(get("/health/ready").statusCode()).isEqualTo(503);
      assertThat(get("/health/live").statusCode()).isEqualTo(200);
    } finally {
      DATABASE.set(new Probe.Readiness("up", true));
    }
  }

  @Test
  void requests_are_measured_by_route() throws Exception {
    SERVER.call("GET", "/agents/some-id", null);
    get("/nowhere/at/all");
    var metrics = get("/metrics");
    assertThat(metrics.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/plain");
    assertThat(metrics.body())
        .contains("route=\"/agents/{agent_id}\"", "route=\"unmatched\"")
        .doesNotContain("some-id");
  }

  @Test
  void metrics_need_an_admin_where_others_can_reach_them() {
    var route = SystemRoutes.routes(List.of(), () -> "", "0.0.0.0").getLast();
    assertThat(route.path()).isEqualTo("/metrics");
    assertThat(route.access().isPublic()).isFalse();
    assertThat(route.role()).isEqualTo(Role.ADMIN);
  }

  @Test
  void the_description_covers_every_route() throws Exception {
    var document = json(get("/openapi.json"));
    assertThat(document.path("openapi").stringValue()).isEqualTo("3.1.0");
    for (var route : ROUTES) {
      var operation =
          document.path("paths").path(route.path()).path(route.method().toLowerCase(Locale.ROOT));
      assertThat(operation.path("summary").stringValue()).isEqualTo(route.summary());
      assertThat(operation.path("responses").size()).isGreaterThan(1);
    }
    var parameter = document.at("/paths/~1agents~1{agent_id}/get/parameters/0");
    assertThat(parameter.path("name").stringValue()).isEqualTo("agent_id");
    assertThat(parameter.path("in").stringValue()).isEqualTo("path");
    assertThat(document.at("/components/schemas/Error/required").size()).isEqualTo(5);
    assertThat(get("/openapi.json").body()).isEqualTo(get("/openapi.json").body());
  }

  @Test
  void a_person_is_led_to_a_page_that_needs_nothing_from_elsewhere() throws Exception {
    var root = get("/");
    assertThat(root.statusCode()).isEqualTo(302);
    assertThat(root.headers().firstValue("Location")).hasValue("docs");
    var page = get("/docs");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .startsWith("default-src 'none'; script-src 'self'; style-src 'self';");
    var files = Pattern.compile("(?:href|src)=\"(.*?)\"").matcher(page.body());
    var found = new ArrayList<String>();
    while (files.find()) {
      found.add(files.group(1));
    }
    assertThat(found).contains("docs/docs.js", "docs/swagger-ui-bundle.js", "openapi.json");
    for (var file : found) {
      if (!file.startsWith("data:")) {
        assertThat(file).doesNotContain("//");
        var answer = get("/" + file);
        assertThat(answer.statusCode()).as(file).isEqualTo(200);
        assertThat(answer.body()).as(file).isNotEmpty();
      }
    }
    assertThat(get("/docs/page.html").statusCode()).isEqualTo(404);
    assertThat(get("/docs/..%2fpage.html").statusCode()).isIn(400, 404);
  }

  @Test
  void a_password_gives_a_token_that_works() throws Exception {
    var response = signIn("ada", "secret ada");
    assertThat(response.statusCode()).isEqualTo(200);
    var answer = json(response);
    assertThat(answer.path("response").stringValue()).isEqualTo("200");
    assertThat(answer.path("token_type").stringValue()).isEqualTo("bearer");
    assertThat(answer.path("expires_at").stringValue())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
    assertThat(Instant.parse(answer.path("expires_at").stringValue()))
        .isAfter(InstantSource.system().instant().plus(Duration.ofDays(29)));
    var call =
        SERVER
            .request("GET", "/agents/x", null)
            .header("Authorization", "Bearer " + answer.path("token").stringValue());
    assertThat(SERVER.send(call).statusCode()).isEqualTo(200);
  }

  @Test
  void a_sign_in_names_every_missing_field() throws Exception {
    var response = SERVER.send(SERVER.request("POST", "/token/get_token", "{\"user\":\"x\"}"));
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(json(response).path("message").size()).isEqualTo(3);
  }

  @Test
  void guessing_is_refused_and_then_slowed() throws Exception {
    for (int i = 0; i < 5; i++) {
      var refused = signIn("vera", "guess");
      assertThat(refused.statusCode()).isEqualTo(401);
      assertThat(json(refused).path("response").stringValue()).isEqualTo("401");
    }
    var slowed = signIn("vera", "secret vera");
    assertThat(slowed.statusCode()).isEqualTo(429);
    assertThat(slowed.headers().firstValue("Retry-After")).contains("1");
    assertThat(signIn("ada", "secret ada").statusCode()).isEqualTo(200);
  }
}
