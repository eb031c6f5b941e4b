package dev.toolwright.api.enterprise;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.artifact.Artifact;
import dev.toolwright.artifact.Artifacts;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/// `/api/artifacts`: results that were too large to hand on, whole or in parts.
public final class ArtifactRoutes {
  private static final int WHOLE = Integer.MAX_VALUE;
  private static final RouteDoc CONTENT =
      RouteDoc.NONE
          .description(
              "The content as it is, as a download. A Range header of one range is answered 206."
                  + " X-Artifact-Size has the size of the whole.")
          .query("offset", "the first byte to give; X-Next-Offset tells where to go on")
          .query("length", "the most bytes to give")
          .type("*/*");

  private final Artifacts artifacts;
  private final Supplier<URI> publicUrl;

  /// @param publicUrl where others reach this server
  public ArtifactRoutes(Artifacts artifacts, Supplier<URI> publicUrl) {
    this.artifacts = artifacts;
    this.publicUrl = publicUrl;
  }

  public List<Route> routes() {
    var artifact = "/api/artifacts/{artifact_id}";
    return List.of(
        Route.of(
                "GET",
                "/api/artifacts",
                Shapes.OWN,
                Role.VIEWER,
                "Your large results, newest first",
                this::list)
            .doc(
                RouteDoc.NONE
                    .query("page", "from 1")
                    .query("limit", "1 to 100, 50 unless told otherwise")),
        Route.of(
                "GET",
                artifact,
                Shapes.OWN,
                Role.VIEWER,
                "A large result of yours, or as an admin of the workspace",
                exchange -> give(exchange, artifact(exchange)))
            .doc(CONTENT),
        Route.of(
            "GET",
            artifact + "/metadata",
            Shapes.OWN,
            Role.VIEWER,
            "What is known of a large result",
            exchange -> exchange.json(200, shown(artifact(exchange)))),
        Route.of(
                "POST",
                artifact + "/link",
                Shapes.OWN,
                Role.MEMBER,
                "Make a link that reads a large result without a credential",
                this::link)
            .with(Route.Trait.STORES_NO_BODY)
            .doc(
                RouteDoc.NONE
                    .description("It holds until it expires or the artifact is deleted.")
                    .request(
                        Shapes.schema("expires_in_seconds"),
                        Json.object().put("expires_in_seconds", 3_600))),
        Route.of(
            "DELETE", artifact, Shapes.OWN, Role.MEMBER, "Delete a large result", this::delete),
        Route.of(
                "GET",
                "/api/artifact-links/{link}",
                Access.PUBLIC,
                Role.VIEWER,
                "What a link to a large result leads to",
                exchange -> give(exchange, artifacts.linked(exchange.path("link"))))
            .doc(CONTENT));
  }

  private Artifact artifact(Exchange exchange) {
    return artifacts.get(exchange.caller(), exchange.path("artifact_id"));
  }

  private void list(Exchange exchange) {
    var found = artifacts.list(exchange.caller(), Shapes.page(exchange), Shapes.limit(exchange));
    exchange.json(
        200,
        Shapes.paged(
            exchange, "artifacts", found.artifacts(), found.count(), ArtifactRoutes::shown));
  }

  private static ObjectNode shown(Artifact artifact) {
    return Json.object()
        .put("artifact_id", artifact.id())
        .put("tool", artifact.tool())
        .put("content_type", artifact.contentType())
        .put("size_bytes", artifact.size())
        .put("user_id", artifact.userId())
        .put("call_id", artifact.callId())
        .put("job_id", artifact.runId() == null ? null : Ids.as("job", artifact.runId()))
        .put("created_at", Shapes.time(artifact.createdAt()))
        .put("expires_at", Shapes.time(artifact.expiresAt()))
        .put("url", artifact.path());
  }

  /// Answers with content that a tool made: to be saved, never to be shown as a page of ours.
  private void give(Exchange exchange, Artifact artifact) {
    exchange.header(
        "Content-Disposition", "attachment; filename=\"" + artifact.id() + ending(artifact) + "\"");
    exchange.header("Content-Security-Policy", "default-src 'none'; sandbox");
    exchange.header("Accept-Ranges", "bytes");
    exchange.header("X-Artifact-Size", String.valueOf(artifact.size()));
    if (exchange.query("offset") != null || exchange.query("length") != null) {
      givePart(exchange, artifact);
      return;
    }
    var header = exchange.header("Range");
    var range = header == null ? null : ByteRange.of(header, artifact.size()).orElse(null);
    if (range == null) {
      exchange.bytes(200, artifact.contentType(), artifacts.content(artifact, 0, WHOLE));
    } else {
      giveRange(exchange, artifact, range);
    }
  }

  /// Of its file; without one a browser finds its own.
  private static String ending(Artifact artifact) {
    return artifact.isText() ? artifact.contentType().startsWith("text/") ? ".txt" : ".json" : "";
  }

  private void givePart(Exchange exchange, Artifact artifact) {
    var offset = exchange.intQuery("offset", 0, 0, WHOLE);
    var length = exchange.intQuery("length", WHOLE, 1, WHOLE);
    var bytes = artifacts.content(artifact, offset, length);
    if (offset + (long) bytes.length < artifact.size()) {
      exchange.header("X-Next-Offset", String.valueOf(offset + bytes.length));
    }
    exchange.bytes(200, artifact.contentType(), bytes);
  }

  private void giveRange(Exchange exchange, Artifact artifact, ByteRange range) {
    if (range.isEmpty()) {
      exchange.header("Content-Range", "bytes */" + artifact.size());
      throw Problem.of(
          Problem.Kind.UNSATISFIABLE, "The artifact has " + artifact.size() + " bytes");
    }
    exchange.header(
        "Content-Range", "bytes %d-%d/%d".formatted(range.first(), range.last(), artifact.size()));
    exchange.bytes(
        206, artifact.contentType(), artifacts.content(artifact, range.first(), range.length()));
  }

  private void link(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var longest = Math.toIntExact(Artifacts.LONGEST_LINK.toSeconds());
    var seconds = in.integer("expires_in_seconds", 1, longest, 3_600);
    in.finish();
    var link =
        artifacts.link(
            exchange.caller(), exchange.path("artifact_id"), Duration.ofSeconds(seconds));
    exchange.json(
        200,
        Json.object()
            .put("url", publicUrl.get() + "/api/artifact-links/" + link.token())
            .put("expires_at", Shapes.time(link.until())));
  }

  private void delete(Exchange exchange) {
    var id = exchange.path("artifact_id");
    artifacts.delete(exchange.caller(), id);
    exchange.json(200, Json.object().put("artifact_id", id).put("deleted", true));
  }
}
