package dev.toolwright.connection;

import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.account.Role;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Connections over REST, and tools that call through them.
@SuppressWarnings("NullAway.Init")
class ConnectionFaceTest {
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

  private static JsonNode connection(User user, String body) {
    return platform
        .post(user, "/api/connections", json(body.formatted(name("conn"), remote.url())))
        .as(201)
        .path("connection");
  }

  @Test
  void a_credential_does_not_change_what_belongs_to_the_connection() {
    var made =
        connection(
            platform.ada,
            "{'name':'%s','base_url':'%s','auth':{'type':'basic','username':'ada','password':'p'}}");
    var path = "/api/connections/" + made.path("id").asString() + "/credentials";
    var other =
        platform.put(platform.ada, path, json("{'type':'basic','username':'bob','password':'q'}"));
    assertThat(other.status()).isEqualTo(400);
    assertThat(other.text()).contains("username belongs to the connection");
    platform
        .put(platform.ada, path, json("{'type':'basic','username':'ada','password':'q'}"))
        .as(200);
  }

  @Test
  void nobody_is_asked_to_consent_to_a_client_without_a_name() {
    var made =
        connection(
            platform.ada,
            "{'name':'%s','base_url':'%s','auth':{'type':'oauth2_authorization_code',"
                + "'authorize_url':'https://example.com/a','token_url':'https://example.com/t',"
                + "'client_id':'c','client_secret':'s'}}");
    platform.sql(
        "update revision set body = replace(body::text, '\"clientId\":\"c\"', '\"clientId\":\"\"')::json where id = '"
            + made.path("id").asString()
            + "'");
    var asked =
        platform.post(
            platform.ada,
            "/api/connections/" + made.path("id").asString() + "/authorize",
            json("{}"));
    assertThat(asked.status()).isEqualTo(400);
    assertThat(asked.text()).contains("client_id is missing");
  }

  private static String tool(User user, JsonNode connection, String implementation) {
    var tool = name("through");
    var body =
        json(
            "{'name':'"
                + tool
                + "','tool_type':'api_endpoint','implementation':"
                + implementation
                + "}");
    body.withObject("implementation").put("connection_id", connection.path("id").asString());
    platform.tool(user, body);
    return tool;
  }

  private static JsonNode call(User user, String tool, String arguments) {
    return platform.test(user, tool, json(arguments));
  }

  @Test
  void a_key_for_placeholders_serves_the_headers_of_the_connection() {
    var connection =
        connection(
            platform.ada,
            "{'name':'%s','base_url':'%s/v1','api_key':'sk-one','headers':{'Authorization':'Bearer {{api_key}}'}}");
    assertThat(connection.toString()).doesNotContain("sk-one");
    assertThat(connection.path("auth").path("api_key").asString()).isEqualTo("***");
    var tool = tool(platform.ada, connection, "{'url':'/orders/{{order_id}}','method':'get'}");
    call(platform.ada, tool, "{'order_id':'ORD-12345'}");
    assertThat(remote.last().target()).isEqualTo("/v1/orders/ORD-12345");
    assertThat(remote.last().header("Authorization")).isEqualTo("Bearer sk-one");
    var shown = platform.get(platform.ada, "/agents/tools/" + tool).as(200).path("tool");
    assertThat(shown.path("parameters_schema").path("required").get(0).asString())
        .isEqualTo("order_id");
    assertThat(shown.path("implementation").path("connection_id")).isEqualTo(connection.path("id"));
  }

  @Test
  void two_credentials_go_where_the_headers_say() {
    var connection =
        connection(
            platform.ada,
            "{'name':'%s','base_url':'%s','api_key':'key-xxx','access_token':'token-yyy',"
                + "'headers':{'X-API-Key':'{{api_key}}','Authorization':'Bearer {{access_token}}'}}");
    call(platform.ada, tool(platform.ada, connection, "{'url':'/two','method':'POST'}"), "{}");
    assertThat(remote.last().header("X-api-key")).isEqualTo("key-xxx");
    assertThat(remote.last().header("Authorization")).isEqualTo("Bearer token-yyy");
  }

  @Test
  void a_secret_may_stand_in_a_path_a_query_and_a_body() {
    var connection =
        connection(
            platform.ada, "{'name':'%s','base_url':'%s','api_key':'a/b&c','access_token':'t+1'}");
    var tool =
        tool(
            platform.ada,
            connection,
            "{'url':'/p/{{api_key}}?token={{api_key}}','method':'POST','body':{'t':'{{access_token}}','n':'{{n}}'}}");
    call(platform.ada, tool, "{'n':5,'more':'{{api_key}}'}");
    assertThat(remote.last().target()).isEqualTo("/p/a%2Fb%26c?token=a%2Fb%26c");
    assertThat(remote.last().body()).isEqualTo("{\"t\":\"t+1\",\"n\":5,\"more\":\"{{api_key}}\"}");
  }

  @Test
  void basic_sends_its_header_by_itself() {
    var connection =
        connection(
            platform.ada, "{'name':'%s','base_url':'%s','username':'ann','password':'pa:ss'}");
    call(platform.ada, tool(platform.ada, connection, "{'url':'basic'}"), "{}");
    assertThat(remote.last().header("Authorization"))
        .isEqualTo(
            "Basic "
                + Base64.getEncoder().encodeToString("ann:pa:ss".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void a_tool_of_a_connection_stays_at_its_origin() {
    var connection = connection(platform.ada, "{'name':'%s','base_url':'%s/v1','api_key':'sk'}");
    for (var url : List.of("https://evil.example/x", "http://127.0.0.1:1/x", "//evil.example/x")) {
      var body =
          json(
              "{'name':'"
                  + name("off")
                  + "','tool_type':'api_endpoint','implementation':{'url':'"
                  + url
                  + "'}}");
      body.withObject("implementation").put("connection_id", connection.path("id").asString());
      var answer = platform.post(platform.ada, "/agents/tools/create", body);
      if (answer.status() == 200) {
        call(platform.ada, answer.body().path("tool_name").asString(), "{}");
        assertThat(remote.last().target()).isEqualTo("/v1" + url);
      } else {
        assertThat(answer.as(400).path("message").toString()).contains("origin");
      }
    }
    var fine = tool(platform.ada, connection, "{'url':'" + remote.url() + "/whole'}");
    call(platform.ada, fine, "{}");
    assertThat(remote.last().target()).isEqualTo("/whole");
  }

  @Test
  void a_parameter_must_not_be_named_like_a_secret() {
    var connection = connection(platform.ada, "{'name':'%s','base_url':'%s','api_key':'sk'}");
    var body =
        json(
            "{'name':'"
                + name("named")
                + "','tool_type':'api_endpoint','implementation':{'url':'/x'},"
                + "'parameters_schema':{'type':'object','properties':{'api_key':{'type':'string'}}}}");
    body.withObject("implementation").put("connection_id", connection.path("id").asString());
    assertThat(
            platform
                .post(platform.ada, "/agents/tools/create", body)
                .as(400)
                .path("message")
                .toString())
        .contains("parameters_schema.properties.api_key");
  }

  @Test
  void every_fault_of_a_connection_is_named_at_once() {
    var refused =
        platform
            .post(
                platform.ada,
                "/api/connections",
                json(
                    "{'name':'1bad','base_url':'ftp://x','headers':{'Authorization':'Bearer literal','X-A':'{{who}}'},"
                        + "'rate_limit':{'requests':0},'auth':{'type':'oauth2_client_credentials'},'colour':'red'}"))
            .as(400);
    assertThat(refused.path("message").toString())
        .contains(
            "name must start",
            "base_url must begin",
            "headers.Authorization",
            "headers.X-A",
            "rate_limit.requests",
            "auth.token_url is required",
            "auth.client_id is required",
            "auth.client_secret is required",
            "colour");
  }

  @Test
  void a_stored_secret_never_follows_to_another_host() {
    var connection = connection(platform.ada, "{'name':'%s','base_url':'%s','api_key':'sk-keep'}");
    var path = "/api/connections/" + connection.path("id").asString();
    platform
        .put(
            platform.ada,
            path,
            json("{'base_url':'http://127.0.0.2:9','auth':{'type':'api_key','api_key':'***'}}"))
        .as(400);
    platform.put(platform.ada, path, json("{'base_url':'http://127.0.0.2:9'}")).as(400);
    platform.put(platform.ada, path, json("{'title':'Changed'}")).as(200);
    var tool = tool(platform.ada, connection, "{'url':'/k?k={{api_key}}'}");
    call(platform.ada, tool, "{}");
    assertThat(remote.last().target()).isEqualTo("/k?k=sk-keep");
    platform
        .put(platform.ada, path, json("{'auth':{'type':'api_key','api_key':'sk-next'}}"))
        .as(200);
    call(platform.ada, tool, "{}");
    assertThat(remote.last().target()).isEqualTo("/k?k=sk-next");
  }

  @Test
  void what_a_remote_echoes_is_scrubbed_of_the_secret() {
    remote.at("/echo", (exchange, _) -> Remote.send(exchange, 200, "{\"you\": \"sk-canary-77\"}"));
    remote.at("/refuse", (exchange, _) -> Remote.send(exchange, 400, "bad key sk-canary-77"));
    var connection =
        connection(platform.ada, "{'name':'%s','base_url':'%s','api_key':'sk-canary-77'}");
    for (var path : List.of("/echo", "/refuse")) {
      var tool = tool(platform.ada, connection, "{'url':'" + path + "?k={{api_key}}'}");
      assertThat(call(platform.ada, tool, "{}").toString()).doesNotContain("canary");
    }
  }

  @Test
  void only_whoever_may_use_a_connection_makes_tools_of_it() {
    var connection = connection(platform.ada, "{'name':'%s','base_url':'%s','api_key':'sk'}");
    var id = connection.path("id").asString();
    var body =
        json(
            "{'name':'"
                + name("bobs")
                + "','tool_type':'api_endpoint','implementation':{'url':'/x'}}");
    body.withObject("implementation").put("connection_id", id);
    assertThat(
            platform
                .post(platform.bob, "/agents/tools/create", body)
                .as(400)
                .path("message")
                .toString())
        .contains("names no connection that you may use");
    platform.get(platform.bob, "/api/connections/" + id).as(404);
    platform
        .post(
            platform.ada,
            "/api/connections/" + id + "/share",
            json("{'user_ids':['" + platform.bob.caller().userId() + "']}"))
        .as(200);
    platform.post(platform.bob, "/agents/tools/create", body).as(200);
    var bobs = body.path("name").asString();
    assertThat(call(platform.bob, bobs, "{}").path("success").asBoolean()).isTrue();
    platform
        .post(
            platform.ada,
            "/api/connections/" + id + "/share",
            json("{'grant_access':false,'user_ids':['" + platform.bob.caller().userId() + "']}"))
        .as(200);
    assertThat(call(platform.bob, bobs, "{}").path("error_type").asString())
        .isEqualTo("permission_error");
  }

  @Test
  void a_connection_in_use_is_not_deleted_by_accident() {
    var connection = connection(platform.ada, "{'name':'%s','base_url':'%s','api_key':'sk'}");
    var path = "/api/connections/" + connection.path("id").asString();
    var tool = tool(platform.ada, connection, "{'url':'/x'}");
    assertThat(platform.delete(platform.ada, path).as(409).path("details").toString())
        .contains(tool);
    platform.delete(platform.ada, path + "?force=true").as(200);
    assertThat(call(platform.ada, tool, "{}").path("error").asString()).contains("connection");
    assertThat(
            platform.one(
                "select count(*) from connection_login where connection_id = '"
                    + connection.path("id").asString()
                    + "'",
                Integer.class))
        .isZero();
  }

  @Test
  void each_user_has_a_credential_of_their_own_where_the_connection_says_so() {
    var connection =
        connection(
            platform.ada,
            "{'name':'%s','base_url':'%s','sharing':'per_user','is_shared':true,'auth':{'type':'bearer'}}");
    var path = "/api/connections/" + connection.path("id").asString();
    var tool = tool(platform.ada, connection, "{'url':'/mine'}");
    platform.put(platform.ada, "/agents/tools/" + tool, json("{'is_shared':true}")).as(200);
    var refused = call(platform.bob, tool, "{}");
    assertThat(refused.path("error").asString()).contains(path + "/credentials");
    platform
        .put(platform.bob, path + "/credentials", json("{'type':'bearer','token':'bobs'}"))
        .as(200);
    platform
        .put(platform.ada, path + "/credentials", json("{'type':'bearer','token':'adas'}"))
        .as(200);
    call(platform.bob, tool, "{}");
    assertThat(remote.last().header("Authorization")).isEqualTo("Bearer bobs");
    call(platform.ada, tool, "{}");
    assertThat(remote.last().header("Authorization")).isEqualTo("Bearer adas");
    var carl = platform.newUser(Role.MEMBER);
    assertThat(platform.get(carl, path + "/doctor").as(200).path("state").asString())
        .isEqualTo("needs_credential");
  }

  @Test
  void a_rate_limit_is_kept_and_says_when_to_come_back() {
    var connection =
        connection(
            platform.ada,
            "{'name':'%s','base_url':'%s','api_key':'k','rate_limit':{'requests':2,'per_seconds':3600},'retry':{'max_retries':0}}");
    var tool = tool(platform.ada, connection, "{'url':'/paced'}");
    var before = remote.requests("/paced").size();
    assertThat(call(platform.ada, tool, "{}").path("success").asBoolean()).isTrue();
    assertThat(call(platform.ada, tool, "{}").path("success").asBoolean()).isTrue();
    assertThat(call(platform.ada, tool, "{}").path("error_type").asString())
        .isEqualTo("rate_limited");
    assertThat(remote.requests("/paced")).hasSize(before + 2);
  }

  @Test
  void retries_are_those_of_the_connection_and_only_where_they_do_no_harm() {
    remote.at("/flaky", (exchange, _) -> Remote.send(exchange, 502, "{}"));
    remote.at("/flaky-post", (exchange, _) -> Remote.send(exchange, 502, "{}"));
    var connection =
        connection(
            platform.ada,
            "{'name':'%s','base_url':'%s','api_key':'k','retry':{'max_retries':3,'first_delay_ms':10}}");
    call(platform.ada, tool(platform.ada, connection, "{'url':'/flaky'}"), "{}");
    assertThat(remote.requests("/flaky")).hasSize(4);
    call(
        platform.ada,
        tool(platform.ada, connection, "{'url':'/flaky-post','method':'post'}"),
        "{}");
    assertThat(remote.requests("/flaky-post")).hasSize(1);
    remote.at(
        "/busy-post",
        (exchange, count) -> {
          exchange.getResponseHeaders().set("Retry-After", "0");
          Remote.send(exchange, count == 1 ? 429 : 200, "{}");
        });
    // What was not taken on can be asked again, whatever it would do.
    var busy =
        call(
            platform.ada,
            tool(platform.ada, connection, "{'url':'/busy-post','method':'post'}"),
            "{}");
    assertThat(busy.path("success").asBoolean()).isTrue();
    assertThat(remote.requests("/busy-post")).hasSize(2);
  }

  @Test
  void a_test_says_who_the_credential_belongs_to() {
    remote.at("/me", 200, "{\"user\": {\"login\": \"ada@example.com\"}}");
    remote.at("/me-refused", 401, "{}");
    var connection =
        connection(
            platform.ada,
            "{'name':'%s','base_url':'%s','api_key':'k','test':{'path':'/me','identity':'user.login'}}");
    var path = "/api/connections/" + connection.path("id").asString();
    var test = platform.post(platform.ada, path + "/test", json("{}")).as(200);
    assertThat(test.path("success").asBoolean()).isTrue();
    assertThat(test.path("identity").asString()).isEqualTo("ada@example.com");
    platform.put(platform.ada, path, json("{'test':{'path':'/me-refused'}}")).as(200);
    var doctor = platform.get(platform.ada, path + "/doctor").as(200);
    assertThat(doctor.path("state").asString()).isEqualTo("failing");
    assertThat(doctor.path("problems").toString()).contains("refused the credential");
    assertThat(doctor.path("last_success_at").isNull()).isFalse();
  }

  @Test
  void client_credentials_are_exchanged_once_and_renewed_when_refused() {
    try (var provider = new OAuthProvider()) {
      var connection = oauthConnection(provider, "oauth2_client_credentials");
      var tool = tool(platform.ada, connection, "{'url':'/api'}");
      assertThat(call(platform.ada, tool, "{}").path("success").asBoolean()).isTrue();
      assertThat(call(platform.ada, tool, "{}").path("success").asBoolean()).isTrue();
      assertThat(provider.issued).hasValue(1);
      provider.live.clear();
      assertThat(call(platform.ada, tool, "{}").path("success").asBoolean()).isTrue();
      assertThat(provider.issued).hasValue(2);
    }
  }

  @Test
  void a_tool_with_client_credentials_of_its_own_is_served_too() {
    try (var provider = new OAuthProvider()) {
      var tool = name("own");
      var body =
          json(
              "{'name':'"
                  + tool
                  + "','tool_type':'api_endpoint','implementation':{'method':'GET'}}");
      var implementation = body.withObject("implementation").put("url", provider.url() + "/api");
      implementation
          .putObject("auth")
          .put("type", "oauth2_client_credentials")
          .put("token_url", provider.url() + "/token")
          .put("client_id", OAuthProvider.CLIENT)
          .put("client_secret", OAuthProvider.SECRET);
      platform.tool(platform.ada, body);
      assertThat(call(platform.ada, tool, "{}").path("success").asBoolean()).isTrue();
      provider.live.clear();
      assertThat(call(platform.ada, tool, "{}").path("success").asBoolean()).isTrue();
      assertThat(provider.issued).hasValue(2);
      assertThat(platform.get(platform.ada, "/agents/tools/" + tool).text())
          .doesNotContain(OAuthProvider.SECRET);
    }
  }

  @Test
  void a_person_agrees_and_tokens_are_renewed_without_them() {
    try (var provider = new OAuthProvider()) {
      var connection = oauthConnection(provider, "oauth2_authorization_code");
      var path = "/api/connections/" + connection.path("id").asString();
      var tool = tool(platform.ada, connection, "{'url':'/api'}");
      assertThat(call(platform.ada, tool, "{}").path("error").asString())
          .contains(path + "/authorize");
      assertThat(doctor(path).path("state").asString()).isEqualTo("needs_consent");

      provider.granted = "read";
      agree(provider, path);
      assertThat(call(platform.ada, tool, "{}").path("success").asBoolean()).isTrue();
      assertThat(doctor(path).path("state").asString()).isEqualTo("ready");
      assertThat(doctor(path).path("missing_scopes").toString()).contains("write");
      assertThat(doctor(path).path("identity").asString()).isEqualTo("ada@example.com");

      provider.live.clear();
      assertThat(call(platform.ada, tool, "{}").path("success").asBoolean()).isTrue();
      assertThat(provider.issued).hasValue(2);

      provider.live.clear();
      provider.refreshTokens.clear();
      assertThat(call(platform.ada, tool, "{}").path("error").asString())
          .contains(path + "/authorize");
      assertThat(doctor(path).path("state").asString()).isEqualTo("needs_consent");
      agree(provider, path);
      assertThat(call(platform.ada, tool, "{}").path("success").asBoolean()).isTrue();
    }
  }

  @Test
  void a_token_that_ends_is_renewed_before_it_is_refused() {
    try (var provider = new OAuthProvider()) {
      var connection = oauthConnection(provider, "oauth2_client_credentials");
      var tool = tool(platform.ada, connection, "{'url':'/api'}");
      assertThat(call(platform.ada, tool, "{}").path("success").asBoolean()).isTrue();
      platform.sql(
          "update connection_login set token_expires_at = now() where connection_id = '"
              + connection.path("id").asString()
              + "'");
      platform
          .put(
              platform.ada,
              "/api/connections/" + connection.path("id").asString(),
              json("{'description':'x'}"))
          .as(200);
      assertThat(call(platform.ada, tool, "{}").path("success").asBoolean()).isTrue();
      assertThat(provider.issued).hasValue(2);
      assertThat(provider.remote.requests("/api")).hasSize(2);
    }
  }

  @Test
  void a_token_that_ends_between_two_steps_of_a_run_is_renewed() {
    try (var provider = new OAuthProvider()) {
      var connection = oauthConnection(provider, "oauth2_authorization_code");
      agree(provider, "/api/connections/" + connection.path("id").asString());
      var tool = tool(platform.ada, connection, "{'url':'/api'}");
      var ends = tool(platform.ada, connection, "{'url':'/end'}");
      provider.remote.at(
          "/end",
          (exchange, _) -> {
            provider.live.clear();
            Remote.send(exchange, 200, "{}");
          });
      var agent = platform.agent(platform.ada, tool, ends);
      var job =
          platform.ended(
              platform.ada,
              agent,
              "CALL %s {}\n---\nCALL %s {}\n---\nCALL %s {}\n---\nSAY done"
                  .formatted(tool, ends, tool));
      assertThat(job.path("status").asString()).as(job.toString()).isEqualTo("completed");
      assertThat(job.path("result").path("tool_calls").findValuesAsString("success"))
          .containsOnly("true");
      assertThat(provider.issued).hasValue(2);
    }
  }

  @Test
  void a_link_of_consent_works_once_and_tells_nothing_to_strangers() {
    try (var provider = new OAuthProvider()) {
      var connection = oauthConnection(provider, "oauth2_authorization_code");
      var path = "/api/connections/" + connection.path("id").asString();
      platform.post(platform.bob, path + "/authorize", json("{}")).as(404);
      var authorize = authorizeUrl(path);
      var code = provider.agree(authorize);
      var state = Objects.requireNonNull(query(authorize, "state"));
      assertThat(page("/oauth/callback?state=" + state + "0&code=" + code).status()).isEqualTo(404);
      assertThat(page("/oauth/callback?state=" + state + "&code=" + code).status()).isEqualTo(200);
      assertThat(page("/oauth/callback?state=" + state + "&code=" + code).status()).isEqualTo(404);
      assertThat(page("/oauth/consent/" + state).status()).isEqualTo(404);
    }
  }

  private static TestPlatform.Answer page(String path) {
    return platform.send(platform.request("GET", path, null));
  }

  private static JsonNode doctor(String path) {
    return platform.get(platform.ada, path + "/doctor").as(200);
  }

  private static JsonNode oauthConnection(OAuthProvider provider, String type) {
    var body = json("{'name':'" + name("oauth") + "','test':{'path':'/api','identity':'login'}}");
    body.put("base_url", provider.url());
    var auth =
        body.putObject("auth")
            .put("type", type)
            .put("token_url", provider.url() + "/token")
            .put("client_id", OAuthProvider.CLIENT)
            .put("client_secret", OAuthProvider.SECRET)
            .put("scope", "read write");
    if (type.equals("oauth2_authorization_code")) {
      auth.put("authorize_url", provider.url() + "/authorize?tenant=1");
    }
    return platform.post(platform.ada, "/api/connections", body).as(201).path("connection");
  }

  /// Where the page of consent leads to.
  private static URI authorizeUrl(String path) {
    var link =
        URI.create(
            platform
                .post(platform.ada, path + "/authorize", json("{}"))
                .as(200)
                .path("authorize_url")
                .asString());
    var page = page(link.getRawPath());
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.text()).contains("ada");
    var target = Pattern.compile("href=\"([^\"]+)\"").matcher(page.text());
    assertThat(target.find()).isTrue();
    return URI.create(target.group(1).replace("&amp;", "&"));
  }

  private static void agree(OAuthProvider provider, String path) {
    var authorize = authorizeUrl(path);
    var back =
        page(
            "/oauth/callback?state="
                + query(authorize, "state")
                + "&code="
                + provider.agree(authorize));
    assertThat(back.status()).as(back.text()).isEqualTo(200);
    assertThat(back.text()).contains("Connected");
  }

  private static String query(URI uri, String name) {
    var found = Pattern.compile("[?&]" + name + "=([^&]+)").matcher(uri.toString());
    assertThat(found.find()).isTrue();
    return found.group(1);
  }
}
