package dev.toolwright.connection;

import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressResponse;
import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import dev.toolwright.vault.Secret;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/// Asks token endpoints for tokens: RFC 6749 §5, errors §5.2.
final class TokenClient {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_ANSWER = 100_000;

  private final Egress egress;

  TokenClient(Egress egress) {
    this.egress = egress;
  }

  /// What a token endpoint gave.
  ///
  /// @param refresh null: the earlier one, if any, goes on
  /// @param life null: it was not said
  /// @param scope null: as asked for
  record Tokens(
      Secret access, @Nullable Secret refresh, @Nullable Duration life, @Nullable String scope) {}

  /// The endpoint gave no token. The message is safe to show.
  static final class Refused extends Exception {
    private final boolean forGood;

    Refused(String message, boolean forGood) {
      super(message, null, false, false);
      this.forGood = forGood;
    }

    /// Asking again the same way will not help.
    boolean isForGood() {
      return forGood;
    }
  }

  /// @param workspaceId whose rules for requests hold
  /// @param form the grant's parameters
  Tokens ask(
      String workspaceId,
      Auth.TokenEndpoint endpoint,
      @Nullable Secret clientSecret,
      Map<String, String> form)
      throws Refused, InterruptedException {
    var fields = new HashMap<String, JsonNode>();
    form.forEach((name, value) -> fields.put(name, StringNode.valueOf(value)));
    var headers = new HashMap<String, String>();
    headers.put("Accept", "application/json");
    headers.put("Content-Type", "application/x-www-form-urlencoded");
    if (clientSecret == null || endpoint.clientAuth() == Auth.ClientAuth.BODY) {
      fields.put("client_id", StringNode.valueOf(endpoint.clientId()));
      if (clientSecret != null) {
        fields.put("client_secret", StringNode.valueOf(clientSecret.reveal()));
      }
    } else {
      var pair = encoded(endpoint.clientId()) + ':' + encoded(clientSecret.reveal());
      headers.put(
          "Authorization",
          "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
    }
    var body = UrlTemplate.form(fields.entrySet()).getBytes(StandardCharsets.US_ASCII);
    try {
      return tokens(
          egress.send(
              List.of(workspaceId),
              new EgressRequest(
                  "POST", URI.create(endpoint.url()), headers, body, TIMEOUT, MAX_ANSWER)));
    } catch (EgressException e) {
      throw new Refused(
          "The token endpoint gave no answer: " + e.getMessage(),
          e.kind() == EgressException.Kind.DENIED);
    }
  }

  private static Tokens tokens(EgressResponse response) throws Refused {
    JsonNode answer;
    try {
      answer = Json.parse(response.body());
    } catch (MalformedJson _) {
      throw new Refused(
          "The token endpoint answered " + response.status() + " without JSON",
          isForGood(response.status()));
    }
    var token = answer.path("access_token").asString("");
    if (response.status() != 200 || token.isEmpty()) {
      var error = answer.path("error").asString("");
      throw new Refused(
          "The token endpoint answered "
              + response.status()
              + (error.matches("[a-z_]{1,40}") ? ": " + error : ""),
          isForGood(response.status()) || !error.isEmpty());
    }
    if (!answer.path("token_type").asString("bearer").equalsIgnoreCase("bearer")) {
      throw new Refused("The token endpoint gave a token that is no bearer token", true);
    }
    var refresh = answer.path("refresh_token").asString("");
    // Some write the seconds as text.
    var life = answer.path("expires_in").asLong(0);
    return new Tokens(
        Secret.of(token),
        refresh.isEmpty() ? null : Secret.of(refresh),
        life <= 0 ? null : Duration.ofSeconds(Math.min(life, 10L * 365 * 86_400)),
        answer.path("scope").isString() ? answer.path("scope").asString() : null);
  }

  private static boolean isForGood(int status) {
    return status >= 400 && status < 500 && status != 408 && status != 429;
  }

  /// RFC 6749 §2.3.1: both halves are form-encoded first.
  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
