package dev.toolwright.runner.function;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Functions that reach out: to the hosts that they list, with secrets that they never see.
@SuppressWarnings({
  "NullAway.Init",
  "InlineFormatString"
}) // code reads better in a block of its own
@Timeout(180)
class FetchToolTest {
  private static final String SECRET = "s3cr3t/ \"ü\" +&=%-0123456789";
  private static TestPlatform platform;
  private static Remote remote;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    remote = new Remote();
    remote.at("/ok", 200, "{\"n\":1}");
    remote.at(
        "/echo",
        (exchange, _) -> {
          var said = Json.object();
          exchange
              .getRequestHeaders()
              .forEach((name, values) -> said.put(name, String.join(",", values)));
          said.put("target", exchange.getRequestURI().toString());
          said.put("body", remote.last().body());
          exchange.getResponseHeaders().add("X-Echo", said.path("X-key").asString("none"));
          Remote.send(exchange, 200, Json.write(said));
        });
  }

  @AfterAll
  static void close() {
    remote.close();
    platform.close();
  }

  private static ObjectNode implementation(ObjectNode tool) {
    return (ObjectNode) tool.path("implementation");
  }

  /// A tool that may reach the remote.
  private static ObjectNode tool(String language, String code) {
    var tool = function(name("fetch"), code);
    implementation(tool).put("language", language);
    implementation(tool).remove("function_name");
    implementation(tool).putArray("allowed_hosts").add(remote.url());
    return tool;
  }

  private static ObjectNode python(String body) {
    return tool("python", "def run(p, context):\n  " + body + "\n");
  }

  private static ObjectNode withSecret(ObjectNode tool, String name, String value) {
    implementation(tool).withObject("secrets").put(name, value);
    return tool;
  }

  /// The name of the tool; a busy machine needs some time to read code.
  private static String made(ObjectNode tool) {
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> platform.post(platform.ada, "/agents/tools/create", tool),
            answer -> answer.status() != 503)
        .as(200);
    return tool.path("name").asString();
  }

  private static JsonNode call(String tool, String arguments) {
    return platform.test(platform.ada, tool, json(arguments));
  }

  private static JsonNode call(ObjectNode tool) {
    return call(made(tool), "{}");
  }

  private static JsonNode shown(String tool) {
    return platform.get(platform.ada, "/agents/tools/" + tool).as(200).path("tool");
  }

  private static String refused(ObjectNode tool) {
    return platform
        .post(platform.ada, "/agents/tools/create", tool)
        .as(400)
        .path("message")
        .toString();
  }

  private static String everythingStored() {
    return platform.one(
        """
        select string_agg(query_to_xml('select * from ' || quote_ident(table_name), true, false, '')::text, '')
        from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'
        """,
        String.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "python | def run(p, c): return c.fetch(p['u']).json()",
        "python | async def run(p, c): return (await c.fetch(p['u'])).json()",
        "python | import requests\\ndef run(p, c): return requests.get(p['u']).json()",
        "javascript | return (await context.fetch(params.u)).json()",
        "typescript | const u: string = params.u; return (await context.fetch(u)).json()"
      })
  void a_function_reaches_a_host_that_it_lists(String language, String code) {
    var tool = made(tool(language, code.replace("\\n", "\n")));
    var answer = call(tool, "{'u':'" + remote.url() + "/ok'}");
    assertThat(answer.path("result")).as(answer.toString()).isEqualTo(json("{'n':1}"));
    for (var elsewhere :
        List.of(
            remote.url().replace("127.0.0.1", "localhost") + "/ok",
            remote.url().replace("http:", "https:") + "/ok",
            remote.url() + "1/ok",
            platform.sink.baseUrl() + "/x",
            "https://example.com/",
            "file:///etc/passwd",
            "http://user:pw@" + remote.url().substring(7) + "/ok")) {
      var before = remote.count();
      var denied = call(tool, "{'u':'" + elsewhere + "'}");
      assertThat(denied.path("error").asString()).as(elsewhere).contains("FetchError: ");
      assertThat(remote.count()).as(elsewhere).isEqualTo(before);
    }
    assertThat(call(tool, "{'u':'https://example.com/x?q=1'}").path("error").asString())
        .contains("https://example.com is not among the tool's allowed_hosts (" + remote.url());
    assertThat(platform.sink.effects()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "python | def run(p, c): return c.fetch('https://example.com/').text",
        "javascript | return (await context.fetch('https://example.com/')).text()"
      })
  void a_function_that_lists_none_is_told_how_to(String language, String code) {
    var tool = tool(language, code);
    implementation(tool).remove("allowed_hosts");
    assertThat(call(tool).path("error").asString()).contains("allowed_hosts", "context.fetch(");
    var plain = function(name("plain"), "def run(p, c):\n  import pandas\n");
    assertThat(call(plain).path("error").asString()).contains("pandas", "allowed_hosts");
  }

  @Test
  void hosts_and_secrets_are_checked_when_they_are_saved() {
    var tool = python("return 1");
    implementation(tool)
        .putArray("allowed_hosts")
        .add("api.example.com")
        .add("*")
        .add("10.0.0.0/8")
        .add("ftp://x")
        .add("https://a.test/path");
    var secrets = implementation(tool).putObject("secrets");
    secrets.put("1st", "x").put("good", "x").put("empty", "").put("number", 1);
    assertThat(refused(tool))
        .contains(
            "implementation.allowed_hosts[1] must be a host",
            "implementation.allowed_hosts[2] must",
            "implementation.allowed_hosts[3] must",
            "implementation.allowed_hosts[4] must",
            "implementation.secrets.1st must",
            "implementation.secrets.empty must",
            "implementation.secrets.number must")
        .doesNotContain("allowed_hosts[0]", "secrets.good");
    var homeless = withSecret(function(name("homeless"), "def run(p, c): return 1"), "key", "x");
    assertThat(refused(homeless)).contains("needs implementation.allowed_hosts");
  }

  @Test
  void a_function_with_a_network_is_not_taken_for_one_that_only_reads() {
    var tool = made(python("return 1"));
    assertThat(shown(tool).path("behavior"))
        .isEqualTo(
            json("{'destructive':false,'idempotent':false,'open_world':true,'read_only':false}"));
    var path = "/agents/tools/" + tool;
    platform
        .put(
            platform.ada,
            path,
            json("{'implementation':{'code':'def run(p, c): return 1','allowed_hosts':[]}}"))
        .as(200);
    assertThat(shown(tool).path("behavior").path("read_only").asBoolean()).isTrue();
    assertThat(shown(tool).path("implementation").has("allowed_hosts")).isFalse();
    var declared = python("return 1");
    declared.putObject("behavior").put("read_only", true);
    assertThat(shown(made(declared)).path("behavior"))
        .isEqualTo(
            json("{'destructive':false,'idempotent':true,'open_world':true,'read_only':true}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"python", "javascript"})
  void a_secret_is_filled_in_outside_and_never_comes_in(String language) {
    var code =
        language.equals("python")
            ? "def run(p, context):\n"
                + "  r = context.fetch(p['u'] + '/echo?a={{key}}&b=1', 'POST',"
                + " headers={'X-Key': 'k {{ key2 }}'}, params={'c': '{{key}}'},"
                + " json={'deep': [{'k': 'is {{key}}'}], 'n': 1})\n"
                + "  print('{{key}}', r.text)\n"
                + "  return [r.json(), r.headers['x-echo'], '{{key}}', 'x {{ key }}']\n"
            : "const r = await context.fetch(params.u + '/echo?a={{key}}&b=1', {method: 'POST',"
                + " headers: {'X-Key': 'k {{ key2 }}'}, params: {c: '{{key}}'},"
                + " json: {deep: [{k: 'is {{key}}'}], n: 1}});\n"
                + "console.log('{{key}}', await r.text());\n"
                + "return [await r.json(), r.headers.get('x-echo'), '{{key}}', 'x {{ key }}']";
    var tool = withSecret(withSecret(tool(language, code), "key", SECRET), "key2", "plain-456789");
    var answer = call(made(tool), "{'u':'" + remote.url() + "'}");
    assertThat(answer.path("success").asBoolean()).as(answer.toString()).isTrue();
    var request = remote.requests("/echo").getLast();
    var encoded = "s3cr3t%2F%20%22%C3%BC%22%20%2B%26%3D%25-0123456789";
    assertThat(request.target()).isEqualTo("/echo?a=" + encoded + "&b=1&c=" + encoded);
    assertThat(request.header("X-key")).isEqualTo("k plain-456789");
    assertThat(Json.stored(request.body()).at("/deep/0/k").asString()).isEqualTo("is " + SECRET);
    var result = answer.path("result");
    assertThat(result.get(1).asString()).isEqualTo("k ***");
    assertThat(result.get(2).asString()).isEqualTo("{{key}}");
    assertThat(result.get(3).asString()).isEqualTo("x {{key}}");
    assertThat(answer.path("logs").get(0).asString()).startsWith("{{key}} {");
    assertThat(answer.toString()).doesNotContain("s3cr3t", "plain-456789", encoded).contains("***");
    assertThat(shown(made(tool.deepCopy().put("name", name("again")))).toString())
        .contains("\"secrets\":{\"key\":\"***\",\"key2\":\"***\"}")
        .doesNotContain("s3cr3t");
    assertThat(everythingStored()).doesNotContain("s3cr3t", "plain-456789");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "application/json | 's: \"{{key}}\"' | s: \"s3cr3t/ \\\"ü\\\" +&=%-0123456789\"",
        "application/x-www-form-urlencoded | 'k={{key}}' | k=s3cr3t%2F%20%22%C3%BC%22%20%2B%26%3D%25-0123456789",
        "application/x-www-form-urlencoded | 'k=%7B%7Bkey%7D%7D' | k=%7B%7Bkey%7D%7D",
        "text/csv | 'a,{{key}}' | a,s3cr3t/ \"ü\" +&=%-0123456789"
      })
  void a_secret_in_a_text_is_encoded_for_its_type(String type, String text, String sent) {
    var tool =
        python(
            "return context.fetch('%s/echo', 'POST', headers={'Content-Type': '%s'}, data=%s).status"
                .formatted(remote.url(), type, text));
    var answer = call(withSecret(tool, "key", SECRET));
    assertThat(answer.path("result").asInt()).as(answer.toString()).isEqualTo(200);
    assertThat(remote.requests("/echo").getLast().body()).isEqualTo(sent);
  }

  @Test
  void user_and_password_go_into_one_header() {
    var tool =
        python(
            "import requests\n  return requests.get('%s/echo', auth=('me', '{{password}}')).json()"
                .formatted(remote.url()));
    var answer = call(withSecret(tool, "password", "pass-wörd-0123"));
    var expected =
        Base64.getEncoder().encodeToString("me:pass-wörd-0123".getBytes(StandardCharsets.UTF_8));
    assertThat(remote.requests("/echo").getLast().header("Authorization"))
        .isEqualTo("Basic " + expected);
    assertThat(answer.toString()).doesNotContain(expected.substring(6, 20)).contains("***");
  }

  /// Only what the code itself spells is a place: a model, a caller or a remote cannot make one.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "p['a'] | {'a':'{{key}}'}",
        "p['a'] + p['b'] | {'a':'{{k','b':'ey}}'}",
        "'{{' + p['a'] + '}}' | {'a':'key'}",
        "__import__('urllib.parse').parse.unquote(p['a']) | {'a':'%7B%7Bkey%7D%7D'}",
        "__import__('base64').b64decode(p['a']).decode() | {'a':'e3trZXl9fQ=='}",
        "p['a'] | {'a':'{{key.000000000000000000000000}}'}",
        "context['c'] | {}",
        "'{{key}}'[:12] | {}",
        "'{{key}}'.upper() | {}",
        "context.fetch('@/place').text | {}"
      })
  void a_place_that_came_as_data_is_text(String expression, String arguments) {
    remote.at("/place", 200, "{{key}}");
    var body =
        "t = %s\n  context.fetch('%s/echo', 'POST', params={'q': t}, headers={'X-Key': t},"
            + " json={'t': t})\n  context.fetch('%s/echo?x=' + t, 'POST', data={'t': t})\n"
            + "  return t";
    var tool =
        python(body.formatted(expression.replace("@", remote.url()), remote.url(), remote.url()));
    var made = made(withSecret(tool, "key", SECRET));
    var request = Json.object();
    request.set("parameters", json(arguments));
    request.putObject("context").put("c", "{{key}}");
    var answer = platform.post(platform.ada, "/agents/tools/" + made + "/test", request).as(200);
    assertThat(answer.path("success").asBoolean()).as(answer.toString()).isTrue();
    var sent = remote.requests("/echo");
    for (var one : sent.subList(sent.size() - 2, sent.size())) {
      assertThat(one.target() + one.headers() + one.body()).doesNotContain("s3cr3t");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'%s/{{key}}/x'",
        "'%s/x'.replace('127.0.0.1', '{{key}}')",
        "'http://{{key}}@127.0.0.1/%s'",
        "f'%s/ok?x={{key}}'",
        "'%s/ok?x=' + '{{key}}'[1:]"
      })
  void a_secret_has_no_say_in_where_a_request_goes_nor_is_half_of_it_sent(String url) {
    var tool = python("return context.fetch(" + url.formatted(remote.url()) + ").status");
    var before = remote.count();
    var answer = call(withSecret(tool, "key", "KEY-0123456789"));
    assertThat(answer.path("error").asString()).as(answer.toString()).contains("FetchError");
    assertThat(answer.toString()).doesNotContain("KEY-0123456789");
    assertThat(remote.count()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"utf-8", "iso-8859-1", "utf-16", "utf-16le", "binary"})
  void an_answer_is_cleared_of_secrets_whatever_its_encoding(String encoding) {
    var value = "gehäim-0123456789";
    var charset = Charset.forName(encoding.equals("binary") ? "utf-8" : encoding);
    remote.at(
        "/encoded",
        (exchange, _) -> {
          var type = encoding.equals("binary") ? "image/png" : "text/plain; charset=" + encoding;
          exchange.getResponseHeaders().add("Content-Type", type);
          var bytes = new java.io.ByteArrayOutputStream();
          bytes.writeBytes(("vor " + value + " nach").getBytes(charset));
          if (encoding.equals("binary")) {
            bytes.writeBytes(new byte[] {(byte) 0xff, (byte) 0xfe, 0, (byte) 0xc3});
          }
          exchange.sendResponseHeaders(200, bytes.size());
          bytes.writeTo(exchange.getResponseBody());
        });
    var tool =
        python(
            "r = context.fetch('%s/encoded', headers={'A': 'x'})\n  return [r.text, len(r.content)]"
                .formatted(remote.url()));
    var result = call(withSecret(tool, "key", value)).path("result");
    assertThat(result.get(0).asString()).startsWith("vor *** nach").doesNotContain("0123");
  }

  @Test
  void each_request_with_an_effect_has_a_key_of_its_own() {
    var body =
        "u = '%s/ok'\n  for m in ['GET', 'POST', 'PUT', 'GET', 'DELETE', 'OPTIONS']:\n"
            + "    context.fetch(u, m, headers={'Idempotency-Key': 'mine'})\n  return 1";
    var tool = made(python(body.formatted(remote.url())));
    var path = "/agents/tools/" + tool + "/test";
    var before = remote.requests("/ok").size();
    for (var key : List.of("k-1", "k-2")) {
      platform
          .send(
              platform
                  .request("POST", path, "{\"parameters\":{}}")
                  .header("X-Token", platform.ada.token())
                  .header("Idempotency-Key", key))
          .as(200);
    }
    var keys =
        remote.requests("/ok").subList(before, before + 12).stream()
            .map(request -> String.valueOf(request.header("Idempotency-key")))
            .toList();
    assertThat(keys.get(0)).as("a GET keeps what its code says").isEqualTo("mine");
    assertThat(List.of(keys.get(1), keys.get(2), keys.get(4)))
        .allMatch(key -> key.startsWith("call_"))
        .doesNotHaveDuplicates();
    assertThat(keys.get(1)).endsWith("/1");
    assertThat(keys.get(2)).isEqualTo(keys.get(1).replaceAll("/1$", "/2"));
    assertThat(keys.get(4)).isEqualTo(keys.get(1).replaceAll("/1$", "/3"));
    assertThat(keys.subList(6, 12)).doesNotContain(keys.get(1), keys.get(2), keys.get(4));

    var reading = python("return context.fetch('%s/ok', 'POST').status".formatted(remote.url()));
    reading.putObject("behavior").put("read_only", true);
    call(reading);
    assertThat(remote.last().header("Idempotency-key")).isNull();
  }

  @Test
  void promises_keep_the_order_of_their_keys() {
    var code =
        "await Promise.all([1, 2, 3, 4].map(n =>"
            + " context.fetch('%s/ok?n=' + n, {method: 'POST'}))); return 1";
    var before = remote.requests("/ok").size();
    call(tool("javascript", code.formatted(remote.url())));
    for (var request : remote.requests("/ok").subList(before, before + 4)) {
      var number = request.target().substring(request.target().length() - 1);
      assertThat(request.header("Idempotency-key")).endsWith("/" + number);
    }
  }

  @Test
  void a_workspaces_rules_hold_for_functions_too() {
    var tool = made(python("return context.fetch('%s/ok').status".formatted(remote.url())));
    assertThat(call(tool, "{}").path("result").asInt()).isEqualTo(200);
    var path = "/api/workspaces/" + platform.root.caller().workspaceId() + "/egress";
    platform.put(platform.root, path, json("{'deny':['127.0.0.0/8']}")).as(200);
    try {
      assertThat(call(tool, "{}").path("error").asString()).contains("not allowed");
    } finally {
      platform.put(platform.root, path, json("{'deny':[]}")).as(200);
    }
  }

  @Test
  void a_redirect_leads_to_listed_hosts_only_and_takes_no_secret_along() {
    var other = platform.sink.baseUrl().toString();
    remote.at(
        "/away",
        (exchange, _) -> {
          exchange.getResponseHeaders().set("Location", other + "/stolen");
          Remote.send(exchange, 302, "");
        });
    var body = "return context.fetch('%s/away', headers={'X-Key': '{{key}}'}).status";
    var tool = withSecret(python(body.formatted(remote.url())), "key", SECRET_WORD);
    assertThat(call(tool).path("error").asString()).contains("not allowed");
    assertThat(platform.sink.effects()).isEmpty();
  }

  private static final String SECRET_WORD = "word-0123456789";

  @Test
  void a_stored_secret_stays_with_the_hosts_it_was_given_for() {
    var tool =
        made(
            withSecret(
                python("return context.fetch(p['u'], headers={'X-Key': '{{key}}'}).status"),
                "key",
                SECRET_WORD));
    var path = "/agents/tools/" + tool;
    platform.put(platform.ada, path, shown(tool)).as(200);
    assertThat(sentKey(tool)).isEqualTo(SECRET_WORD);

    var moved = Json.object();
    moved.set("implementation", shown(tool).path("implementation").deepCopy());
    for (var host :
        List.of("evil.example", "*.example.com", remote.url().replace("http:", "https:"))) {
      implementation(moved).putArray("allowed_hosts").add(remote.url()).add(host);
      assertThat(platform.put(platform.ada, path, moved).as(400).path("message").asString())
          .contains("must be given again", host);
      implementation(moved).remove("secrets");
      assertThat(platform.put(platform.ada, path, moved).as(400).path("message").asString())
          .contains("must be given again");
      implementation(moved).putObject("secrets").put("key", "***");
    }
    implementation(moved).putObject("secrets").put("other", "***");
    assertThat(platform.put(platform.ada, path, moved).as(400).path("message").asString())
        .contains("implementation.secrets.other is required");

    var secrets = "select count(*) from secret";
    var before = platform.one(secrets, Integer.class);
    implementation(moved).putObject("secrets").put("key", "another-012345");
    platform.put(platform.ada, path, moved).as(200);
    assertThat(sentKey(tool)).isEqualTo("another-012345");
    assertThat(platform.one(secrets, Integer.class)).isEqualTo(before);
    implementation(moved).putArray("allowed_hosts").add(remote.url());
    implementation(moved).putObject("secrets").put("key", "***");
    platform.put(platform.ada, path, moved).as(200);
    assertThat(sentKey(tool)).as("fewer hosts need no new secret").isEqualTo("another-012345");
    var code = json("{'implementation':{}}");
    implementation(code).put("code", shown(tool).at("/implementation/code").asString() + "#\n");
    platform.put(platform.ada, path, code).as(200);
    assertThat(sentKey(tool)).as("what is not said stays").isEqualTo("another-012345");
    assertThat(shown(tool).at("/implementation/allowed_hosts")).hasSize(1);

    implementation(moved).putObject("secrets");
    platform.put(platform.ada, path, moved).as(200);
    assertThat(platform.one(secrets, Integer.class)).isEqualTo(before - 1);
    implementation(moved).putObject("secrets").put("key", "last-0123456");
    platform.put(platform.ada, path, moved).as(200);
    platform.delete(platform.ada, path).as(200);
    assertThat(platform.one(secrets, Integer.class)).isEqualTo(before - 1);
  }

  private static String sentKey(String tool) {
    call(tool, "{'u':'" + remote.url() + "/echo'}");
    return String.valueOf(remote.last().header("X-key"));
  }

  @Test
  void a_secret_that_is_gone_is_a_failure_that_says_so() {
    var tool =
        withSecret(
            python(
                "return context.fetch('%s/ok', headers={'A': '{{key}}'}).status"
                    .formatted(remote.url())),
            "key",
            SECRET_WORD);
    var id = platform.tool(platform.ada, tool);
    platform.sql(
        "delete from secret where id = (select body #>> '{config,network,held,id}' from revision where id = '%s')"
            .formatted(id));
    assertThat(call(tool.path("name").asString(), "{}").path("error").asString())
        .contains("save it again");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "headers={'Host': 'x'} | is set by the server",
        "headers={'X-A': 'a\\r\\nX-Evil: 1'} | must be printable ASCII",
        "headers={'Transfer-Encoding': 'chunked'} | is set by the server",
        "headers={'a b': '1'} | no valid name",
        "method='TRACE' | method must be one of",
        "method='GET', data='x' | has no body",
        "timeout=-1 | timeout must be",
        "timeout='x' | timeout must be",
        "auth=('a',) | must be a user and a password"
      })
  void a_request_that_cannot_be_made_is_told_why(String given, String why) {
    var tool = python("return context.fetch('%s/ok', %s).status".formatted(remote.url(), given));
    var before = remote.count();
    assertThat(call(tool).path("error").asString()).contains("FetchError: ", why);
    assertThat(remote.count()).isEqualTo(before);
  }

  @Test
  void a_call_makes_at_most_fifty_requests() {
    var tool =
        python(
            "n = 0\n  try:\n    while True:\n      context.fetch('%s/ok')\n      n += 1\n"
                    .formatted(remote.url())
                + "  except OSError as e: return [n, str(e)]");
    assertThat(call(tool).path("result"))
        .isEqualTo(Json.stored("[50,\"A call may make at most 50 requests\"]"));
  }

  @Test
  void an_answer_that_is_too_long_is_refused() {
    remote.at("/long", 200, "x".repeat((1 << 20) + 1));
    var tool = python("return context.fetch('%s/long').status".formatted(remote.url()));
    assertThat(call(tool).path("error").asString()).contains("longer than allowed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"python", "javascript"})
  void a_request_that_hangs_ends_with_its_own_time_or_the_calls(String language) {
    remote.at("/hang", (_, _) -> remote.hang());
    var code =
        language.equals("python")
            ? "def run(p, c):\n  try: c.fetch('@', timeout=0.2)\n  except OSError as e: return str(e)"
            : "try { await context.fetch('@', {timeout: 0.2}) } catch (e) { return e.message }";
    var tool = tool(language, code.replace("@", remote.url() + "/hang"));
    assertThat(call(tool).path("result").asString()).contains("No complete answer in time");
    var whole = tool(language, code.replace("@", remote.url() + "/hang").replace("0.2", "60"));
    whole.put("max_execution_time_ms", 1_500);
    assertThat(call(whole).path("error_type").asString()).isEqualTo("timeout");
  }

  private static String outcome(ObjectNode tool) {
    tool.put("max_execution_time_ms", 1_500);
    return call(tool).path("error_type").asString();
  }

  @Test
  void what_may_have_happened_and_must_not_happen_twice_is_unknown() {
    remote.at("/hang", (_, _) -> remote.hang());
    remote.at(
        "/break",
        (exchange, _) -> {
          throw new IOException("gone: " + exchange.getRequestMethod());
        });
    var url = remote.url();
    assertThat(outcome(python("context.fetch('%s/break', 'POST')".formatted(url))))
        .as("sent, no answer, and the code did not know what to make of it")
        .isEqualTo("outcome_unknown");
    assertThat(
            outcome(
                python(
                    "try: context.fetch('%s/break', 'POST')\n  except OSError: return 1"
                        .formatted(url))))
        .as("the code knew")
        .isEmpty();
    assertThat(outcome(python("context.fetch('%s/hang', 'POST')".formatted(url))))
        .as("out of time while it waited")
        .isEqualTo("outcome_unknown");
    assertThat(
            outcome(
                python(
                    "import time\n  context.fetch('%s/ok', 'POST')\n  time.sleep(60)"
                        .formatted(url))))
        .as("out of time after an effect")
        .isEqualTo("outcome_unknown");
    assertThat(
            outcome(
                python(
                    "import os\n  context.fetch('%s/ok', 'POST')\n  os._exit(3)".formatted(url))))
        .as("died after an effect")
        .isEqualTo("outcome_unknown");
    assertThat(
            outcome(python("context.fetch('%s/ok', 'POST')\n  raise ValueError()".formatted(url))))
        .as("failed by itself, and every request was answered")
        .isEqualTo("execution_error");
    assertThat(outcome(python("context.fetch('%s/break')".formatted(url))))
        .as("only read")
        .isEqualTo("execution_error");
    assertThat(
            outcome(
                python("import time\n  context.fetch('%s/ok')\n  time.sleep(60)".formatted(url))))
        .isEqualTo("timeout");
    var idempotent = python("context.fetch('%s/hang', 'POST')".formatted(url));
    idempotent.putObject("behavior").put("idempotent", true);
    assertThat(outcome(idempotent)).isEqualTo("timeout");
  }

  @Test
  void so_it_is_in_javascript() {
    remote.at("/hang", (_, _) -> remote.hang());
    var warm = made(tool("javascript", "return 1"));
    await().atMost(Duration.ofMinutes(2)).until(() -> call(warm, "{}").path("success").asBoolean());
    var script = "await context.fetch('%s/hang', {method: 'POST'})".formatted(remote.url());
    assertThat(outcome(tool("javascript", script))).isEqualTo("outcome_unknown");
  }

  @Test
  void a_job_waits_for_a_person_when_the_outcome_is_unknown() {
    remote.at(
        "/pay",
        (exchange, count) -> {
          if (count == 1) {
            throw new IOException("gone: " + exchange.getRequestMethod());
          }
          Remote.send(exchange, 200, "{\"paid\":true}");
        });
    var tool =
        made(python("return context.fetch('%s/pay?x=1', 'POST').json()".formatted(remote.url())));
    var agent = platform.agent(platform.ada, tool);
    var job =
        platform.execute(
            platform.ada, agent, "CALL " + tool + " {}\n---\nSAY <<last_tool_result>>");
    var waiting = platform.until(platform.ada, job, "waiting");
    assertThat(waiting.toString())
        .contains("outcome unknown", "POST " + remote.url() + "/pay", "no answer")
        .doesNotContain("?x=1");
    platform
        .post(platform.ada, "/agents/status/" + job + "/resolve", json("{'action':'repeat'}"))
        .as(200);
    var ended = platform.until(platform.ada, job, "completed");
    assertThat(ended.path("result").path("response").asString()).isEqualTo("{\"paid\":true}");
    var keys =
        remote.requests("/pay").stream().map(r -> r.header("Idempotency-key")).distinct().toList();
    assertThat(remote.requests("/pay")).hasSize(2);
    assertThat(keys).as("repeated under the same key").hasSize(1);
  }
}
