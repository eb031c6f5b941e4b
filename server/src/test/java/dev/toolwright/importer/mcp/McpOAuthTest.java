package dev.toolwright.importer.mcp;

import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import dev.toolwright.connection.OAuthProvider;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// An MCP server that only lets in who an authorization server of its own choice lets in; both as
/// strict as the specification wants them.
@SuppressWarnings("NullAway.Init")
class McpOAuthTest {
  private static TestPlatform platform;
  private Remote remote;
  private String issuer;
  private String resource;
  private ObjectNode metadata;
  private final Map<String, String> challenges = new HashMap<>();
  private String token = "";

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  @BeforeEach
  void start() {
    remote = new Remote();
    issuer = remote.url() + "/tenant";
    resource = remote.url() + "/mcp";
    metadata =
        Json.object()
            .put("issuer", issuer)
            .put("authorization_endpoint", issuer + "/authorize")
            .put("token_endpoint", issuer + "/token")
            .put("registration_endpoint", issuer + "/register");
    metadata.putArray("code_challenge_methods_supported").add("S256");
    remote.at("/mcp", (exchange, _) -> mcp(exchange));
    remote.at(
        "/.well-known/oauth-protected-resource/mcp",
        (exchange, _) -> {
          var document = Json.object().put("resource", resource);
          document.putArray("authorization_servers").add(issuer);
          document.putArray("scopes_supported").add("tools").add("offline_access");
          Remote.send(exchange, 200, Json.write(document));
        });
    remote.at(
        "/.well-known/oauth-authorization-server/tenant",
        (exchange, _) -> Remote.send(exchange, 200, Json.write(metadata)));
    remote.at("/tenant/register", (exchange, _) -> register(exchange));
    remote.at("/tenant/token", (exchange, _) -> token(exchange));
  }

  @AfterEach
  void stop() {
    remote.close();
  }

  private void mcp(HttpExchange exchange) throws IOException {
    var header = exchange.getRequestHeaders().getFirst("Authorization");
    if (token.isEmpty() || !("Bearer " + token).equals(header)) {
      exchange
          .getResponseHeaders()
          .set(
              "WWW-Authenticate",
              "Bearer resource_metadata=\"%s/.well-known/oauth-protected-resource/mcp\""
                  .formatted(remote.url()));
      Remote.send(exchange, 401, "");
      return;
    }
    var message = Json.stored(remote.last().body());
    var answer = Json.object().put("jsonrpc", "2.0");
    answer.set("id", message.get("id"));
    var result = answer.putObject("result");
    switch (message.path("method").asString("")) {
      case "initialize" -> result.put("protocolVersion", "2025-11-25").putObject("capabilities");
      case "tools/list" ->
          result
              .putArray("tools")
              .addObject()
              .put("name", "look")
              .putObject("inputSchema")
              .put("type", "object");
      default -> {}
    }
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    Remote.send(exchange, 200, Json.write(answer));
  }

  private void register(HttpExchange exchange) throws IOException {
    var wanted = Json.stored(remote.last().body());
    var fits =
        wanted.path("redirect_uris").path(0).asString("").endsWith("/oauth/callback")
            && wanted.path("token_endpoint_auth_method").asString("").equals("none")
            && !wanted.has("client_id");
    Remote.send(exchange, fits ? 201 : 400, "{\"client_id\": \"registered-1\"}");
  }

  private void token(HttpExchange exchange) throws IOException {
    var form = OAuthProvider.form(remote.last().body());
    var known = challenges.remove(form.getOrDefault("code", ""));
    var fits =
        "registered-1".equals(form.get("client_id"))
            && resource.equals(form.get("resource"))
            && OAuthProvider.challenge(form.getOrDefault("code_verifier", "")).equals(known);
    if (fits) {
      token = "at-" + Ids.random(8);
      Remote.send(
          exchange, 200, "{\"access_token\": \"%s\", \"token_type\": \"Bearer\"}".formatted(token));
    } else {
      Remote.send(exchange, 400, "{\"error\": \"invalid_grant\"}");
    }
  }

  private ObjectNode server(String auth) {
    var body = Json.object().put("name", name("guarded")).put("url", resource);
    return body.set("auth", json(auth));
  }

  private TestPlatform.Answer added(String auth) {
    return platform.post(platform.ada, "/agents/mcp-servers", server(auth));
  }

  private static String refusal(TestPlatform.Answer answer) {
    return answer.as(400).path("message").toString();
  }

  @Test
  void a_server_behind_oauth_is_added_by_its_address_and_opened_by_consent() {
    var made = added("{'type':'oauth2_authorization_code'}").as(201);
    var id = made.path("server_id").asString();
    var shown = platform.get(platform.ada, "/api/connections/" + id).as(200).findValue("auth");
    assertThat(shown.path("authorize_url").asString()).isEqualTo(issuer + "/authorize");
    assertThat(shown.path("client_id").asString()).isEqualTo("registered-1");
    assertThat(shown.path("scope").asString()).isEqualTo("tools offline_access");
    assertThat(shown.path("resource").asString()).isEqualTo(resource);
    var discover = "/agents/mcp-servers/" + id + "/discover";
    platform.post(platform.ada, discover, Json.object()).as(422);

    var authorize = authorizeUrl("/api/connections/" + id);
    var asked = OAuthProvider.form(authorize.getRawQuery());
    assertThat(asked)
        .containsEntry("resource", resource)
        .containsEntry("client_id", "registered-1");
    challenges.put("code-1", asked.get("code_challenge"));
    var back = page("/oauth/callback?code=code-1&state=" + asked.get("state"));
    assertThat(back.status()).as(back.text()).isEqualTo(200);

    var found = platform.post(platform.ada, discover, Json.object()).as(200);
    assertThat(found.toString()).contains("look");
  }

  private static TestPlatform.Answer page(String path) {
    return platform.send(platform.request("GET", path, null));
  }

  private static URI authorizeUrl(String path) {
    JsonNode asked = platform.post(platform.ada, path + "/authorize", json("{}")).as(200);
    var page = page(URI.create(asked.path("authorize_url").asString()).getRawPath());
    var target = Pattern.compile("href=\"([^\"]+)\"").matcher(page.text());
    assertThat(target.find()).as(page.text()).isTrue();
    return URI.create(target.group(1).replace("&amp;", "&"));
  }

  @Test
  void an_answer_of_another_issuer_is_not_taken() {
    metadata.put("authorization_response_iss_parameter_supported", true);
    var id = added("{'type':'oauth2_authorization_code'}").as(201).path("server_id").asString();
    for (var iss : List.of("", "&iss=https://another.example", "&iss=" + issuer + "/")) {
      var asked = OAuthProvider.form(authorizeUrl("/api/connections/" + id).getRawQuery());
      assertThat(page("/oauth/callback?code=code-1&state=" + asked.get("state") + iss).text())
          .contains("does not come from the service that was asked");
    }
    assertThat(remote.requests("/tenant/token")).isEmpty();
  }

  @Test
  void a_client_that_is_known_there_is_not_registered() {
    var id =
        added("{'type':'oauth2_authorization_code','client_id':'mine','scope':'tools'}")
            .as(201)
            .path("server_id")
            .asString();
    var shown = platform.get(platform.ada, "/api/connections/" + id).as(200).findValue("auth");
    assertThat(shown.path("client_id").asString()).isEqualTo("mine");
    assertThat(shown.path("scope").asString()).isEqualTo("tools");
    assertThat(remote.requests("/tenant/register")).isEmpty();
  }

  @Test
  void what_the_specification_forbids_is_refused() {
    metadata.remove("code_challenge_methods_supported");
    assertThat(refusal(added("{'type':'oauth2_authorization_code'}")))
        .contains("does not know PKCE");
    metadata.putArray("code_challenge_methods_supported").add("S256");
    metadata.put("issuer", "https://another.example");
    assertThat(refusal(added("{'type':'oauth2_authorization_code'}")))
        .contains("another's metadata");
    metadata.put("issuer", issuer).remove("registration_endpoint");
    assertThat(refusal(added("{'type':'oauth2_authorization_code'}"))).contains("registers nobody");
    metadata.put("registration_endpoint", issuer + "/register");
    var real = resource;
    resource = "https://another.example/mcp";
    var body = server("{'type':'oauth2_authorization_code'}").put("url", real);
    assertThat(refusal(platform.post(platform.ada, "/agents/mcp-servers", body)))
        .contains("which is another");
    assertThat(remote.requests("/tenant/register")).isEmpty();
  }

  @Test
  void a_request_that_is_refused_registers_nobody() {
    var body = server("{'type':'oauth2_authorization_code','bogus':1}").put("name", "no good");
    assertThat(refusal(platform.post(platform.ada, "/agents/mcp-servers", body)))
        .contains("name must be", "auth.bogus");
    body = server("{'type':'oauth2_authorization_code'}").put("url", "ftp://one.example");
    assertThat(refusal(platform.post(platform.ada, "/agents/mcp-servers", body)))
        .contains("url must begin with http")
        .doesNotContain("found out");
    assertThat(remote.count()).isZero();
  }

  @Test
  void this_server_says_who_it_is_as_a_client() {
    var said = page("/oauth/client.json").as(200);
    assertThat(said.path("client_id").asString()).endsWith("/oauth/client.json");
    assertThat(said.path("redirect_uris").path(0).asString()).endsWith("/oauth/callback");
  }
}
