package dev.toolwright.tool;

import dev.toolwright.approval.ApprovalRule;
import dev.toolwright.connection.Endpoint;
import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A tool in one of its versions.
///
/// @param name unique in its workspace; letters, digits, `_` and `-`, at most 64
public record Tool(
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
  static final int DEFAULT_TIMEOUT_MS = 30_000;

  /// What a version holds, as it is stored.
  ///
  /// @param title for people; null: its name
  /// @param outputSchema what results must fit; null: anything
  /// @param timeoutMs of one attempt, 100 to 300 000
  /// @param requiresAuth shown to clients; never loosens anything
  /// @param approval who has to approve a call first; null: nobody
  public record Content(
      @Nullable String title,
      String description,
      String category,
      Config config,
      ObjectNode parametersSchema,
      @Nullable ObjectNode outputSchema,
      Behavior behavior,
      int timeoutMs,
      boolean requiresAuth,
      @Nullable ApprovalRule approval) {
    /// Nobody has to approve it.
    public Content(
        @Nullable String title,
        String description,
        String category,
        Config config,
        ObjectNode parametersSchema,
        @Nullable ObjectNode outputSchema,
        Behavior behavior,
        int timeoutMs,
        boolean requiresAuth) {
      this(
          title,
          description,
          category,
          config,
          parametersSchema,
          outputSchema,
          behavior,
          timeoutMs,
          requiresAuth,
          null);
    }
  }

  static Tool of(Definition definition) {
    return new Tool(
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

  /// An endpoint as a tool of its own, for whoever may use it.
  public static Tool standingFor(Endpoint endpoint) {
    var content = endpoint.content();
    var config = new Config.Endpoint(endpoint.id(), content.operation().method());
    return new Tool(
        endpoint.workspaceId(),
        endpoint.id(),
        endpoint.version(),
        endpoint.name(),
        new Content(
            content.title(),
            content.description(),
            "general",
            config,
            content.parametersSchema(),
            null,
            config.defaultBehavior(),
            content.timeoutMs() == null ? DEFAULT_TIMEOUT_MS : content.timeoutMs(),
            false),
        endpoint.ownerId(),
        endpoint.ownerName(),
        endpoint.visibility(),
        endpoint.createdAt(),
        endpoint.updatedAt());
  }

  /// The same made of something else.
  public Tool with(Config config) {
    return new Tool(
        workspaceId,
        id,
        version,
        name,
        new Content(
            content.title(),
            content.description(),
            content.category(),
            config,
            content.parametersSchema(),
            content.outputSchema(),
            content.behavior(),
            content.timeoutMs(),
            content.requiresAuth(),
            content.approval()),
        ownerId,
        ownerName,
        visibility,
        createdAt,
        updatedAt);
  }

  public Duration timeout() {
    return Duration.ofMillis(content.timeoutMs());
  }

  /// Whether a call may have to wait for an answer from outside. Such a call is always a step of a
  /// run.
  public boolean maySuspend() {
    return needsApproval()
        || content.config() instanceof Config.Nested
        || (content.config() instanceof Config.Webhook hook && hook.callbackRequired());
  }

  /// Whether a person has to approve each call first.
  public boolean needsApproval() {
    var rule = content.approval();
    return rule != null && rule.asks(content.behavior().destructive());
  }

  public boolean isShared() {
    return visibility != Visibility.PRIVATE;
  }
}
