package dev.toolwright.vault;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The secrets that this server lately used, by workspace: one workspace's never change what
/// another sees. Short ones are left out, for whoever may look at a redacted text could guess them
/// by trying: what is masked is a secret.
final class RecentSecrets {
  private static final int MIN_LENGTH = 16;
  private static final int ROOM = 50_000;
  private static final int WORKSPACES = 200;

  private final Map<String, KnownSecrets> byWorkspace = new ConcurrentHashMap<>();

  void add(String workspaceId, Secret secret) {
    if (secret.value().length() < MIN_LENGTH) {
      return;
    }
    if (byWorkspace.size() >= WORKSPACES) {
      byWorkspace.clear();
    }
    byWorkspace
        .computeIfAbsent(workspaceId, _ -> new KnownSecrets(MIN_LENGTH, ROOM))
        .add(secret.value());
  }

  Redaction redaction(String workspaceId) {
    var known = byWorkspace.get(workspaceId);
    return known == null ? Redaction.none() : known.redaction();
  }
}
