package dev.toolwright.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Ids;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.Vault;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Tokens that name an artifact and a time, signed: `<target>.<signature>`, both base64url. Nothing
/// of them is stored; a workspace's key lies in the vault, so every node reads what another made.
final class Links {
  private static final int KEY_BYTES = 32;
  private static final int LONGEST = 500;
  private static final Pattern TEXT = Pattern.compile("(\\w{1,60})\n(\\w{1,60})\n([0-9]{1,12})");
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final Vault vault;
  private final ArtifactStore store;

  Links(Vault vault, ArtifactStore store) {
    this.vault = vault;
    this.store = store;
  }

  /// Where a token leads.
  ///
  /// @param until in whole seconds
  record Target(String workspaceId, String artifactId, Instant until) {
    private String text() {
      return workspaceId + "\n" + artifactId + "\n" + until.getEpochSecond();
    }

    private static Optional<Target> of(String text) {
      var parts = TEXT.matcher(text);
      return parts.matches()
          ? Optional.of(
              new Target(
                  parts.group(1),
                  parts.group(2),
                  Instant.ofEpochSecond(Long.parseLong(parts.group(3)))))
          : Optional.empty();
    }
  }

  String token(Tx tx, Target target) {
    var text = ENCODER.encodeToString(target.text().getBytes(UTF_8));
    return text + "." + signature(key(tx, target.workspaceId()), text);
  }

  /// Empty for whatever we did not sign.
  Optional<Target> read(Tx tx, String token) {
    var dot = token.indexOf('.');
    if (dot < 0 || token.length() > LONGEST) {
      return Optional.empty();
    }
    var text = token.substring(0, dot);
    var signature = token.substring(dot + 1);
    return target(text).filter(target -> isSigned(tx, target, text, signature));
  }

  private static Optional<Target> target(String text) {
    try {
      return Target.of(new String(Base64.getUrlDecoder().decode(text), UTF_8));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private boolean isSigned(Tx tx, Target target, String text, String signature) {
    return store
        .linkKey(tx, target.workspaceId())
        .map(id -> signature(vault.open(tx, target.workspaceId(), id), text))
        .filter(
            expected -> MessageDigest.isEqual(expected.getBytes(UTF_8), signature.getBytes(UTF_8)))
        .isPresent();
  }

  /// The workspace's key, made for its first link; of two nodes that make one, the first wins.
  private Secret key(Tx tx, String workspaceId) {
    if (store.linkKey(tx, workspaceId).isEmpty()) {
      var made = vault.put(tx, workspaceId, Secret.of(Ids.random(KEY_BYTES)));
      if (!store.addLinkKey(tx, workspaceId, made)) {
        vault.delete(tx, workspaceId, made);
      }
    }
    return vault.open(tx, workspaceId, store.linkKey(tx, workspaceId).orElseThrow());
  }

  /// Of the text as it is sent, so that there is one token for one target.
  private static String signature(Secret key, String text) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.reveal().getBytes(UTF_8), "HmacSHA256"));
      return ENCODER.encodeToString(mac.doFinal(text.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java has no HMAC", e);
    }
  }
}
