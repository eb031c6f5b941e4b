package dev.toolwright;

import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The cases of the attack catalogue that try to get at secrets, through the doors that are there.
/// SE-01, 08, 15 and 20 are in [CanarySweepTest], SE-11 in the vault's own tests.
@SuppressWarnings("NullAway.Init")
class SecretAttacksTest {
  private static final Set<String> ELSEWHERE = Set.of("SE-01", "SE-08", "SE-11", "SE-15", "SE-20");
  private static final Set<String> HERE =
      Set.of("SE-03", "SE-05", "SE-06", "SE-10", "SE-13", "SE-16", "SE-18");

  /// What a server shows of itself by mistake.
  private static final List<String> INSIDES =
      List.of(
          "Exception",
          ".java:",
          "dev.toolwright",
          "org.",
          "com.",
          "java.",
          "SELECT ",
          "select ",
          "insert into",
          "PSQL",
          "postgres",
          "/var/",
          "/tmp/",
          "/root/",
          "/home/");

  private static TestPlatform platform;
  private static Remote remote;
  private static Remote elsewhere;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    remote = new Remote();
    elsewhere = new Remote();
  }

  @AfterAll
  static void close() {
    elsewhere.close();
    remote.close();
    platform.close();
  }

  @Test
  void every_case_of_the_catalogue_is_tried_somewhere() throws IOException {
    var all = new ArrayList<>(ELSEWHERE);
    all.addAll(HERE);
    assertThat(rows())
        .extracting(row -> row.path("id").asString())
        .containsExactlyInAnyOrderElementsOf(all);
  }

  /// SE-03.
  @Test
  void a_redirect_to_another_origin_carries_no_credential_and_no_body() {
    var token = Canary.fresh();
    for (var status : List.of(301, 302, 303, 307, 308)) {
      for (var method : List.of("GET", "POST")) {
        for (var to : List.of(elsewhere.url(), elsewhere.url().replace("//", "//user:pw@"))) {
          var path = "/redirect" + status;
          remote.at(
              path,
              (exchange, _) -> {
                exchange.getResponseHeaders().set("Location", to + "/collect");
                Remote.send(exchange, status, "");
              });
          elsewhere.at("/collect", 200, "{}");
          var tool = bearer(token.value(), method, remote.url() + path + "?q={q}");
          call(tool, "{'q':'mine','text':'of the body'}");
          assertThat(remote.last().header("Authorization")).isEqualTo("Bearer " + token.value());
        }
      }
    }
    assertThat(elsewhere.requests("/collect"))
        .isNotEmpty()
        .allSatisfy(got -> {
          token.assertNotIn("collected", got.target() + got.headers() + got.body());
          assertThat(got.headers()).doesNotContainKey("Authorization");
          assertThat(got.body()).isEmpty();
          assertThat(got.target()).isEqualTo("/collect");
        });
  }

  /// SE-05.
  @Test
  void an_argument_stays_in_its_place() throws IOException {
    var arguments = (ObjectNode) payload("SE-05").path("args");
    var tool = name("places");
    var body = http(tool, "POST", remote.url() + "/places?q={q}");
    ((ObjectNode) body.path("implementation"))
        .putObject("body")
        .put("text", "{{text}}")
        .put("fixed", true);
    platform.tool(platform.ada, body);
    call(tool, Json.write(arguments));
    var got = remote.last();
    assertThat(got.target()).isEqualTo("/places?q=a%26callback%3Dhttp%3A%2F%2F%40%40SINK%40%40");
    var sent = Json.stored(got.body());
    assertThat(sent.propertyNames()).containsExactlyInAnyOrder("text", "fixed", "form");
    assertThat(sent.path("text")).isEqualTo(arguments.path("text"));
    assertThat(sent.path("form")).isEqualTo(arguments.path("form"));
  }

  /// SE-06.
  @Test
  void a_secret_that_looks_like_a_template_arrives_as_it_is() throws IOException {
    var value = payload("SE-06").path("value").asString();
    call(bearer(value, "GET", remote.url() + "/exact"), "{'other_secret':'x','HOME':'y'}");
    assertThat(remote.last().header("Authorization")).isEqualTo("Bearer " + value);
    for (var bad : List.of("sk-canary-line\nX-Evil: 1", "sk-canary-\u0001", "sk-canary-ü")) {
      var body = http(name("bad"), "GET", remote.url() + "/bad");
      auth(body, bad);
      var refused = platform.post(platform.ada, "/agents/tools/create", body);
      assertThat(refused.as(400).path("message").toString())
          .contains("implementation.auth.token must hold printable ASCII characters only");
      assertThat(refused.text()).doesNotContain("sk-canary");
    }
    assertThat(remote.requests("/bad")).isEmpty();
  }

  /// SE-10.
  @Test
  void a_stored_secret_cannot_be_sent_elsewhere_by_who_does_not_know_it() {
    var token = Canary.fresh();
    var tool = bearer(token.value(), "GET", remote.url() + "/home");
    for (var auth :
        List.of("{'type':'bearer','token':'***'}", "{'type':'bearer','token':null}", "null")) {
      var changed = json("{'implementation':{'method':'GET'}}");
      var implementation = (ObjectNode) changed.path("implementation");
      implementation.put("url", elsewhere.url() + "/steal");
      implementation.set("auth", Json.stored(auth.replace('\'', '"')));
      assertThat(platform.put(platform.ada, "/agents/tools/" + tool, changed).status())
          .as(auth)
          .isIn(400, 403, 422);
    }
    call(tool, "{}");
    assertThat(remote.last().header("Authorization")).isEqualTo("Bearer " + token.value());
    var masked = http(name("masked"), "GET", remote.url() + "/x");
    auth(masked, "***");
    platform.post(platform.ada, "/agents/tools/create", masked).as(400);
    assertThat(elsewhere.requests("/steal")).isEmpty();
  }

  /// SE-13.
  @Test
  void there_are_no_pages_of_diagnosis() throws IOException {
    for (var path : payload("SE-13")) {
      // Metrics are open on a loopback address only, and hold numbers.
      if (path.asString().equals("/metrics")) {
        continue;
      }
      for (var user : List.of(platform.root, platform.ada)) {
        assertThat(platform.get(user, path.asString()).status())
            .as(path.asString())
            .isIn(401, 403, 404);
      }
      assertThat(platform.send(platform.request("GET", path.asString(), null)).status())
          .as(path.asString())
          .isIn(401, 403, 404);
    }
  }

  /// SE-16.
  @Test
  void wrong_types_anywhere_are_refused_without_showing_the_insides() throws IOException {
    var softly = new SoftAssertions();
    var values = fuzz();
    var count = 0;
    for (var operation : operations()) {
      for (var value : values) {
        for (var body : bodies(operation, value)) {
          var request = platform.request(operation.method(), operation.path(), body);
          var answer = platform.send(request.header("X-Token", platform.root.token()));
          var what = "%s with %s".formatted(operation, cut(body));
          // The sandbox that checks code may be starting: 503 and when to come again.
          softly.assertThat(answer.status()).as(what).isNotIn(500, 501, 502, 504);
          if (answer.status() >= 400) {
            softly
                .assertThat(answer.text())
                .as(what)
                .satisfies(
                    text -> INSIDES.forEach(inside -> assertThat(text).doesNotContain(inside)));
          }
          count++;
        }
      }
    }
    softly.assertAll();
    assertThat(count).isGreaterThan(300);
  }

  private record Operation(String method, String path, List<String> fields) {
    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  private static List<Operation> operations() {
    var operations = new ArrayList<Operation>();
    for (var path :
        platform.get(platform.root, "/openapi.json").as(200).path("paths").properties()) {
      for (var method : List.of("post", "put", "patch")) {
        // These would end the token with which the others are called.
        var ends = List.of("/auth/refresh", "/auth/logout").contains(path.getKey());
        if (path.getValue().has(method) && !ends) {
          var schema =
              path.getValue().at("/" + method + "/requestBody/content/application~1json/schema");
          operations.add(
              new Operation(
                  method.toUpperCase(Locale.ROOT),
                  path.getKey().replaceAll("\\{[^}]*}", "nobody"),
                  List.copyOf(schema.path("properties").propertyNames())));
        }
      }
    }
    return operations;
  }

  /// The value as the whole body, and as every field at once.
  private static List<String> bodies(Operation operation, String value) {
    var all = new StringBuilder("{");
    for (var field : operation.fields()) {
      all.append(all.length() > 1 ? "," : "").append(Json.write(field)).append(':').append(value);
    }
    return operation.fields().isEmpty() ? List.of(value) : List.of(value, all + "}");
  }

  private static List<String> fuzz() throws IOException {
    var values = new ArrayList<String>();
    for (var value : payload("SE-16").path("fuzz")) {
      var text = value.asString("");
      if (text.startsWith("@@REPEAT")) {
        values.add(Json.write("a".repeat(100_000)));
      } else if (text.startsWith("@@RAW:")) {
        values.add(text.substring("@@RAW:".length(), text.length() - 2));
      } else {
        values.add(Json.write(value));
      }
    }
    return values;
  }

  private static String cut(String text) {
    return text.length() < 80 ? text : text.substring(0, 80) + "…";
  }

  /// SE-18.
  @Test
  void tokens_and_passwords_are_stored_as_hashes_only() {
    var password = "correct horse " + name("battery");
    var made =
        platform.post(
            platform.root,
            "/api/users",
            Json.object().put("username", name("hashed")).put("password", password));
    made.as(201);
    var issued = platform.post(platform.ada, "/api/tokens", json("{'name':'once'}")).as(201);
    var token = issued.path("token").asString();
    assertThat(token).startsWith("tw_");
    var stored =
        platform.one(
                "select string_agg(t::text, ' ') from (select * from api_token) t", String.class)
            + platform.one("select string_agg(a::text, ' ') from account a", String.class)
            + platform.one("select string_agg(a::text, ' ') from audit a", String.class);
    assertThat(stored)
        .doesNotContain(token, token.substring(3), password)
        .contains("$argon2id$v=19$m=19456,t=2,p=1$");
    assertThat(platform.get(platform.ada, "/api/tokens").text())
        .doesNotContain(token.substring(12));
  }

  private static String bearer(String token, String method, String url) {
    var tool = name("attack");
    var body = http(tool, method, url);
    auth(body, token);
    platform.tool(platform.ada, body);
    return tool;
  }

  private static void auth(ObjectNode tool, String token) {
    ((ObjectNode) tool.path("implementation"))
        .putObject("auth")
        .put("type", "bearer")
        .put("token", token);
  }

  private static JsonNode call(String tool, String arguments) {
    return platform.test(platform.ada, tool, json(arguments));
  }

  private static JsonNode payload(String id) throws IOException {
    return rows().stream()
        .filter(row -> row.path("id").asString().equals(id))
        .findFirst()
        .orElseThrow()
        .path("payload");
  }

  private static List<JsonNode> rows() throws IOException {
    try (var in = SecretAttacksTest.class.getResourceAsStream("/attacks/secrets.jsonl")) {
      assertThat(in).isNotNull();
      var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().map(Json::stored).toList();
    }
  }
}
