package dev.toolwright.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.toolwright.vault.Vault;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/// Tokens that name an artifact and a time, signed: `<target>.<signature>`, both base64url. Nothing
/// of them is stored, and whoever has the vault's key reads them.
final class Links {
  private static final String PURPOSE = "artifact links";
  private static final int LONGEST = 500;
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final Vault vault;

  Links(Vault vault) {
    this.vault = vault;
  }

  /// Where a token leads, and until when.
  record Target(String workspaceId, String artifactId, Instant until) {
    private String text() {
      return workspaceId + "\n" + artifactId + "\n" + until.getEpochSecond();
    }

    /// Of a text that carries our signature.
    private static Target of(String text) {
      var parts = text.split("\n", -1);
      return new Target(parts[0], parts[1], Instant.ofEpochSecond(Long.parseLong(parts[2])));
    }
  }

  /// @param until in whole seconds
  String token(Artifact artifact, Instant until) {
    var target = new Target(artifact.workspaceId(), artifact.id(), until);
    var text = ENCODER.encodeToString(target.text().getBytes(UTF_8));
    return text + "." + signature(text);
  }

  /// Empty for whatever we did not sign.
  Optional<Target> read(String token) {
    var dot = token.indexOf('.');
    if (dot < 0 || token.length() > LONGEST) {
      return Optional.empty();
    }
    var text = token.substring(0, dot);
    var expected = signature(text).getBytes(UTF_8);
    return MessageDigest.isEqual(expected, token.substring(dot + 1).getBytes(UTF_8))
        ? Optional.of(Target.of(new String(Base64.getUrlDecoder().decode(text), UTF_8)))
        : Optional.empty();
  }

  /// Of the text as it is sent, so that there is one token for one target.
  private String signature(String text) {
    return ENCODER.encodeToString(vault.signature(PURPOSE, text.getBytes(UTF_8)));
  }
}
