package dev.toolwright.mcp;

import dev.toolwright.database.Database;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.Vault;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a server that remembers nothing gives a client to bring back with its answers: signed, for
/// ten minutes, and of use to the same user with the same request only. A client can read it.
public final class SignedState {
  private static final Duration LIFE = Duration.ofMinutes(10);
  private static final int LONGEST = 256 << 10;
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final Database database;
  private final Vault vault;
  private final Clock clock;

  public SignedState(Database database, Vault vault, Clock clock) {
    this.database = database;
    this.vault = vault;
    this.clock = clock;
  }

  /// Whose request a state belongs to.
  ///
  /// @param request what makes it the same, such as the name of a tool and its arguments
  public record Owner(String workspaceId, String userId, JsonNode request) {
    private String digest() {
      return ENCODER.encodeToString(
          sha256(workspaceId + "\n" + userId + "\n" + Json.canonical(request)));
    }
  }

  public String sealed(Owner owner, JsonNode state) {
    var held = Json.object().put("for", owner.digest());
    held.put("until", clock.instant().plus(LIFE).getEpochSecond());
    held.set("state", state);
    var text = ENCODER.encodeToString(Json.bytes(held));
    return text + "." + signature(owner.workspaceId(), text);
  }

  /// The state as it was sealed.
  ///
  /// @throws McpError when we did not seal it, not for this request, or too long ago
  public JsonNode opened(Owner owner, String sealed) throws McpError {
    var dot = sealed.indexOf('.');
    if (dot > 0 && sealed.length() <= LONGEST) {
      var text = sealed.substring(0, dot);
      if (same(signature(owner.workspaceId(), text), sealed.substring(dot + 1))
          && Json.stored(decoded(text)) instanceof ObjectNode held
          && same(owner.digest(), held.path("for").asString(""))
          && held.path("until").asLong(0) >= clock.instant().getEpochSecond()) {
        return held.path("state");
      }
    }
    throw new McpError(
        400,
        McpError.INVALID_PARAMS,
        "requestState is not one of ours for this request, or too old: ask again without it",
        null);
  }

  private static String decoded(String text) {
    return new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
  }

  private static boolean same(String one, String other) {
    return MessageDigest.isEqual(
        one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
  }

  private String signature(String workspaceId, String text) {
    Secret key = database.direct(tx -> vault.token(tx, "mcp-state", workspaceId));
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.reveal().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return ENCODER.encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java has no HMAC", e);
    }
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java has no SHA-256", e);
    }
  }
}
