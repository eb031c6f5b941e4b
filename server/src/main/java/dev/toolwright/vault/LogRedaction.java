package dev.toolwright.vault;

import java.util.Collection;

/// What the log is scrubbed of: every secret that this process lately held, whoever made it. There
/// is one per process, as there is one log. Values of fewer than eight characters stay, as they
/// would take ordinary words with them.
public final class LogRedaction {
  private static final int MIN_LENGTH = 8;
  private static final int ROOM = 200_000;
  private static final KnownSecrets KNOWN = new KnownSecrets(MIN_LENGTH, ROOM);

  private LogRedaction() {}

  /// `text` with `***` in place of each secret.
  public static String text(String text) {
    return KNOWN.redaction().text(text);
  }

  /// The operator's own: never forgotten, however many others there are.
  public static void always(Collection<Secret> secrets) {
    secrets.forEach(secret -> KNOWN.keep(secret.value()));
  }

  static void remember(String value) {
    KNOWN.add(value);
  }
}
