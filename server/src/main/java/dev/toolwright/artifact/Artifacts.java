package dev.toolwright.artifact;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.audit.Audit;
import dev.toolwright.database.Database;
import dev.toolwright.database.Portions;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Vault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Results that are too large to hand on. Whoever called the tool sees them, and the admins of the
/// workspace; for everybody else they do not exist, unless a link was made for them.
public final class Artifacts {
  /// The longest that a link may hold.
  public static final Duration LONGEST_LINK = Duration.ofDays(7);

  private static final int PORTION = 100;

  private final Database database;
  private final Audit audit;
  private final Links links;
  private final int threshold;
  private final int days;
  private final ArtifactStore store = new ArtifactStore();

  /// @param threshold bytes of JSON; a larger result becomes an artifact
  /// @param days for which an artifact is kept; 0: for ever
  public Artifacts(Database database, Vault vault, Audit audit, int threshold, int days) {
    this.database = database;
    this.audit = audit;
    this.links = new Links(vault, store);
    this.threshold = threshold;
    this.days = days;
  }

  /// The call that a result comes from.
  ///
  /// @param tool the name it was called by
  public record Origin(String callId, @Nullable String runId, String tool) {}

  /// A page of a list.
  ///
  /// @param count of the whole list
  public record Page(List<Artifact> artifacts, int count) {
    public Page {
      artifacts = List.copyOf(artifacts);
    }
  }

  /// A way to an artifact's content that needs no credential.
  ///
  /// @param token names it in the link's address
  public record Link(String token, Instant until) {}

  /// Whether a result is too large to hand on, given as JSON text.
  public boolean isLarge(String json) {
    return json.length() > threshold
        || (3L * json.length() > threshold
            && json.getBytes(StandardCharsets.UTF_8).length > threshold);
  }

  /// Keeps a result.
  ///
  /// @param json the value as JSON text
  /// @return the handle to hand on instead
  public ObjectNode keep(Caller caller, Origin origin, JsonNode value, String json) {
    var content = Content.of(value, json);
    return database
        .direct(tx -> store.insert(tx, caller, origin, content, days))
        .handle(content.preview());
  }

  public Optional<Artifact> find(Caller caller, String id) {
    return database.direct(tx -> find(tx, caller, id));
  }

  private Optional<Artifact> find(Tx tx, Caller caller, String id) {
    return store.find(tx, caller.workspaceId(), id, caller.isAdmin() ? null : caller.userId());
  }

  /// @throws Problem 404
  public Artifact get(Caller caller, String id) {
    return find(caller, id).orElseThrow(() -> Problem.notFound("Artifact", id));
  }

  private Artifact get(Tx tx, Caller caller, String id) {
    return find(tx, caller, id).orElseThrow(() -> Problem.notFound("Artifact", id));
  }

  /// The caller's own, newest first.
  ///
  /// @param page from 1
  public Page list(Caller caller, int page, int limit) {
    var workspace = caller.workspaceId();
    var user = caller.userId();
    return database.inTx(tx ->
        new Page(
            store.list(tx, workspace, user, (page - 1L) * limit, limit),
            store.count(tx, workspace, user)));
  }

  /// At most `length` bytes of the content, from `offset` on; none beyond its end.
  ///
  /// @param artifact as somebody found it who may see it
  /// @throws Problem 404 when it was deleted meanwhile
  public byte[] content(Artifact artifact, long offset, int length) {
    return offset >= artifact.size()
        ? new byte[0]
        : database
            .direct(tx -> store.content(tx, artifact, offset, length))
            .orElseThrow(() -> Problem.notFound("Artifact", artifact.id()));
  }

  /// Deletes it; what holds its handle finds nothing any more.
  ///
  /// @throws Problem 403 or 404
  public void delete(Caller caller, String id) {
    caller.require(Role.MEMBER);
    database.useTx(tx -> {
      var artifact = get(tx, caller, id);
      store.delete(tx, artifact);
      record(tx, caller, "artifact_deleted", artifact, Json.object());
    });
  }

  /// A link by which anybody reads the content until it expires, at most as long as the artifact
  /// lives. Deleting the artifact ends it.
  ///
  /// @throws Problem 403 or 404
  public Link link(Caller caller, String id, Duration time) {
    caller.require(Role.MEMBER);
    return database.inTx(tx -> {
      var artifact = get(tx, caller, id);
      var until = store.until(tx, artifact, time.toSeconds());
      record(tx, caller, "artifact_linked", artifact, Json.object().put("until", until.toString()));
      var target = new Links.Target(artifact.workspaceId(), artifact.id(), until);
      return new Link(links.token(tx, target), until);
    });
  }

  private void record(Tx tx, Caller caller, String event, Artifact artifact, ObjectNode data) {
    audit.record(tx, caller.workspaceId(), caller.userId(), event, artifact.id(), data);
  }

  /// What a link leads to. Any node opens what another has made.
  ///
  /// @throws Problem 404, whatever is wrong with it
  public Artifact linked(String token) {
    return database
        .direct(tx ->
            links
                .read(tx, token)
                .flatMap(target ->
                    store.linked(tx, target.workspaceId(), target.artifactId(), target.until())))
        .orElseThrow(() ->
            Problem.of(Problem.Kind.NOT_FOUND, "There is nothing at this link, or no longer"));
  }

  /// Deletes what has expired, in portions: for a chore. Returns how many.
  public int forgetExpired() {
    return Portions.all(PORTION, () -> database.direct(tx -> store.forgetExpired(tx, PORTION)));
  }
}
