package dev.toolwright.artifact;

import dev.toolwright.json.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A result that was too large to hand on, without its content.
///
/// @param userId who called the tool; beside admins nobody else sees it
/// @param tool the name it was called by
/// @param expiresAt null: kept for ever
public record Artifact(
    String workspaceId,
    String id,
    String userId,
    String callId,
    @Nullable String runId,
    String tool,
    String contentType,
    long size,
    Instant createdAt,
    @Nullable Instant expiresAt) {
  /// The built-in tool that reads on where a preview ends.
  public static final String READER = "read_artifact";

  private static final String ID = "artifact_id";

  /// Where its content is read over HTTP.
  public String path() {
    return "/api/artifacts/" + id;
  }

  /// Whether its content is text, in UTF-8.
  public boolean isText() {
    return Content.isText(contentType);
  }

  /// Whether a value is what stands in for an artifact.
  public static boolean isHandle(@Nullable JsonNode value) {
    return value != null && value.path(ID).isString() && value.path("truncated").asBoolean(false);
  }

  /// What stands in for the content: for people and models who decide what to read of it.
  ObjectNode handle(String preview) {
    return Json.object()
        .put(ID, id)
        .put("content_type", contentType)
        .put("size_bytes", size)
        .put("truncated", true)
        .put("preview", preview)
        .put(
            "read_more",
            isText()
                ? "The preview is shortened; … marks what is left out. To read on, call "
                    + READER
                    + " with this artifact_id and an offset, or with a text to search for. Over"
                    + " HTTP, GET the url."
                : "This is no text. Over HTTP, GET the url.")
        .put("url", path())
        .put(
            "expires_at",
            expiresAt == null ? null : expiresAt.truncatedTo(ChronoUnit.SECONDS).toString());
  }
}
