package dev.toolwright.connection;

import com.sun.net.httpserver.HttpExchange;
import dev.toolwright.Remote;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.node.ObjectNode;

/// An OAuth 2.0 provider that is as strict as real ones: the client by Basic, one use per code and
/// refresh token, PKCE checked, and an API at `/api` that takes only live access tokens.
public final class OAuthProvider implements AutoCloseable {
  static final String CLIENT = "client:one";
  static final String SECRET = "s3cr&t/канарейка";

  final Remote remote = new Remote();
  final AtomicInteger issued = new AtomicInteger();
  final Set<String> live = ConcurrentHashMap.newKeySet();
  final Set<String> refreshTokens = ConcurrentHashMap.newKeySet();
  volatile int expiresIn = 3600;
  volatile String granted = "read write";
  private final Map<String, String> challenges = new ConcurrentHashMap<>();

  OAuthProvider() {
    remote.at("/token", (exchange, _) -> token(exchange));
    remote.at("/api", (exchange, count) -> api(exchange, count));
  }

  String url() {
    return remote.url();
  }

  /// What a browser would do: agrees, and gives the code.
  String agree(URI authorizeUrl) {
    var query = form(authorizeUrl.getRawQuery());
    if (!"code".equals(query.get("response_type"))
        || !CLIENT.equals(query.get("client_id"))
        || !"S256".equals(query.get("code_challenge_method"))) {
      throw new IllegalStateException("not an authorization request: " + query.keySet());
    }
    var code = Ids.random(8);
    challenges.put(code, query.get("code_challenge") + ' ' + query.get("redirect_uri"));
    return code;
  }

  private void api(HttpExchange exchange, int count) throws IOException {
    var header = exchange.getRequestHeaders().getFirst("Authorization");
    var token = header == null ? "" : header.replaceFirst("^Bearer ", "");
    if (live.contains(token)) {
      Remote.send(exchange, 200, "{\"count\": " + count + ", \"login\": \"ada@example.com\"}");
    } else {
      Remote.send(exchange, 401, "{\"message\": \"bad token\"}");
    }
  }

  private void token(HttpExchange exchange) throws IOException {
    var expected =
        "Basic "
            + Base64.getEncoder()
                .encodeToString(
                    (encoded(CLIENT) + ":" + encoded(SECRET)).getBytes(StandardCharsets.UTF_8));
    if (!expected.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      refuse(exchange, 401, "invalid_client");
      return;
    }
    // The fixture has read the body: it is the last request.
    var form = form(remote.last().body());
    switch (form.getOrDefault("grant_type", "")) {
      case "client_credentials" -> give(exchange, false);
      case "refresh_token" -> {
        if (refreshTokens.remove(form.getOrDefault("refresh_token", ""))) {
          give(exchange, true);
        } else {
          refuse(exchange, 400, "invalid_grant");
        }
      }
      case "authorization_code" -> {
        var known = challenges.remove(form.getOrDefault("code", ""));
        var shown =
            challenge(form.getOrDefault("code_verifier", "")) + ' ' + form.get("redirect_uri");
        if (shown.equals(known)) {
          give(exchange, true);
        } else {
          refuse(exchange, 400, "invalid_grant");
        }
      }
      default -> refuse(exchange, 400, "unsupported_grant_type");
    }
  }

  private void give(HttpExchange exchange, boolean refresh) throws IOException {
    var token = "at-" + issued.incrementAndGet() + "-" + Ids.random(8);
    live.add(token);
    ObjectNode answer =
        Json.object()
            .put("access_token", token)
            .put("token_type", "Bearer")
            .put("expires_in", expiresIn)
            .put("scope", granted);
    if (refresh) {
      var next = "rt-" + Ids.random(8);
      refreshTokens.add(next);
      answer.put("refresh_token", next);
    }
    Remote.send(exchange, 200, Json.write(answer));
  }

  private static void refuse(HttpExchange exchange, int status, String error) throws IOException {
    Remote.send(exchange, status, "{\"error\": \"" + error + "\"}");
  }

  /// Of a verifier, by S256.
  public static String challenge(String verifier) {
    try {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(
              MessageDigest.getInstance("SHA-256")
                  .digest(verifier.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String encoded(String text) {
    return java.net.URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  public static Map<String, String> form(String text) {
    var form = new TreeMap<String, String>();
    for (var pair : text.split("&", -1)) {
      var parts = pair.split("=", 2);
      form.put(
          URLDecoder.decode(parts[0], StandardCharsets.UTF_8),
          parts.length < 2 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return form;
  }

  @Override
  public void close() {
    remote.close();
  }
}
