package dev.toolwright.connection;

import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A remote service that tools call: where it is, how requests show who they are, and what it can
/// bear. The custom-tools face calls it a connector.
///
/// @param name unique in its workspace
public record Connection(
    String workspaceId,
    String id,
    int version,
    String name,
    Content content,
    String ownerId,
    String ownerName,
    Visibility visibility,
    Instant createdAt,
    Instant updatedAt) {
  static final String KIND = "connection";

  /// What a version holds, as it is stored: never a secret.
  ///
  /// @param apiType `rest`; others are refused when they are called
  /// @param headers added to every request; the operation's own win. Places name secrets only
  /// @param sharing whose credential is used
  /// @param credentialId of a credential kept by itself; null: the connection has its own
  /// @param timeoutMs of one attempt; a tool's own limit may be shorter
  /// @param maxConcurrent requests of one server at a time; more wait
  /// @param probe how it is tested; null: by its base
  public record Content(
      String title,
      String description,
      String apiType,
      String baseUrl,
      Auth auth,
      Map<String, String> headers,
      Sharing sharing,
      @Nullable String credentialId,
      int timeoutMs,
      Retry retry,
      @Nullable RateLimit rateLimit,
      int maxConcurrent,
      @Nullable Probe probe) {
    public Content {
      headers = Map.copyOf(headers);
    }
  }

  /// Whose credential a call uses.
  public enum Sharing {
    /// One, given by whoever manages the connection.
    SHARED,
    /// That of the user who calls.
    PER_USER;

    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Sharing of(String key) {
      return valueOf(key.toUpperCase(Locale.ROOT));
    }
  }

  /// @param max attempts after the first, 0 to 3
  /// @param firstDelayMs before the second attempt; doubled from then on
  public record Retry(int max, int firstDelayMs) {
    public static final Retry DEFAULT = new Retry(3, 200);
  }

  /// @param requests admitted in any `seconds`, over all servers
  public record RateLimit(int requests, int seconds) {}

  /// @param path requested with GET
  /// @param identity JMESPath of the answer that names who the credential belongs to
  public record Probe(String path, @Nullable String identity) {}

  static Connection of(Definition definition) {
    return new Connection(
        definition.workspaceId(),
        definition.id(),
        definition.version(),
        definition.name(),
        Json.read(definition.body(), Content.class),
        definition.ownerId(),
        definition.ownerName(),
        definition.visibility(),
        definition.createdAt(),
        definition.updatedAt());
  }

  Connection with(Auth auth) {
    return new Connection(
        workspaceId,
        id,
        version,
        name,
        new Content(
            content.title(),
            content.description(),
            content.apiType(),
            content.baseUrl(),
            auth,
            content.headers(),
            content.sharing(),
            content.credentialId(),
            content.timeoutMs(),
            content.retry(),
            content.rateLimit(),
            content.maxConcurrent(),
            content.probe()),
        ownerId,
        ownerName,
        visibility,
        createdAt,
        updatedAt);
  }

  public Duration timeout() {
    return Duration.ofMillis(content.timeoutMs());
  }

  /// Whose row of credentials serves a caller: theirs, or nobody's in particular.
  String holder(String userId) {
    return content.sharing() == Sharing.PER_USER ? userId : "";
  }
}
