package dev.toolwright.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.audit.Audit;
import dev.toolwright.database.TestDatabase;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Vault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

@SuppressWarnings("NullAway.Init")
class ArtifactsTest {
  private static final Caller ADA = caller("ws_1", "user_ada", Role.MEMBER);
  private static final Caller BOB = caller("ws_1", "user_bob", Role.MEMBER);
  private static final Caller ROOT = caller("ws_1", "user_root", Role.ADMIN);
  private static final Caller EVE = caller("ws_2", "user_eve", Role.ADMIN);
  private static final int THRESHOLD = 1_000;
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir private Path home;
  private static TestDatabase database;
  private Artifacts artifacts;

  @BeforeAll
  static void create() {
    database = TestDatabase.fresh();
  }

  @AfterAll
  static void drop() {
    database.close();
  }

  @BeforeEach
  void open() throws Exception {
    sql("insert into workspace (id, name) values ('ws_1', 'one'), ('ws_2', 'two')");
    artifacts = artifacts(home, 30);
  }

  @AfterEach
  void empty() {
    database.empty();
  }

  private static Artifacts artifacts(Path home, int days) throws Exception {
    var vault = Vault.open(home, database.database());
    return new Artifacts(database.database(), vault, new Audit(), THRESHOLD, days);
  }

  private static Caller caller(String workspace, String id, Role role) {
    return new Caller(workspace, id, id, role, 0, Set.of());
  }

  private static void sql(String statement) {
    database.database().useTx(tx -> tx.handle().execute(statement));
  }

  private static String one(String query) {
    return database
        .database()
        .direct(tx -> tx.handle().createQuery(query).mapTo(String.class).one());
  }

  private Artifact kept(Caller caller, JsonNode value) {
    var origin = new Artifacts.Origin("call_1", null, "big");
    var handle = artifacts.keep(caller, origin, value, Json.write(value));
    return artifacts.get(caller, handle.path("artifact_id").asString());
  }

  private Artifact kept() {
    return kept(ADA, StringNode.valueOf("x".repeat(5_000)));
  }

  private String content(Artifact artifact) {
    return new String(artifacts.content(artifact, 0, Integer.MAX_VALUE), UTF_8);
  }

  @Test
  void large_is_what_has_more_bytes_of_json_than_the_threshold() {
    assertThat(artifacts.isLarge("x".repeat(THRESHOLD))).isFalse();
    assertThat(artifacts.isLarge("x".repeat(THRESHOLD + 1))).isTrue();
    assertThat(artifacts.isLarge("ä".repeat(THRESHOLD / 2))).isFalse();
    assertThat(artifacts.isLarge("ä".repeat(THRESHOLD / 2 + 1))).isTrue();
  }

  @Test
  void a_text_is_kept_as_it_is_and_anything_else_as_json() {
    var text = kept(ADA, StringNode.valueOf("a\u0000b\n😀"));
    assertThat(content(text)).isEqualTo("a\u0000b\n😀");
    assertThat(text.contentType()).isEqualTo("text/plain;charset=utf-8");
    var json = kept(ADA, Json.array().add("ä").add(1));
    assertThat(content(json)).isEqualTo("[\"ä\",1]");
    assertThat(json.contentType()).isEqualTo("application/json");
    assertThat(json.size()).isEqualTo(8);
  }

  @Test
  void a_binary_answer_is_kept_as_its_bytes() {
    var value = Json.object().put("content_type", "image/png").put("size_bytes", 3);
    var binary = kept(ADA, value.put("base64", "AP8K"));
    assertThat(binary.contentType()).isEqualTo("image/png");
    assertThat(binary.isText()).isFalse();
    assertThat(artifacts.content(binary, 0, 10)).isEqualTo(new byte[] {0, -1, 10});
    for (var other :
        new JsonNode[] {
          value.deepCopy().put("base64", "no base64"),
          value.deepCopy().put("content_type", "image/png\r\nSet-Cookie: a=b"),
          value.deepCopy().put("more", 1)
        }) {
      assertThat(kept(ADA, other).contentType()).isEqualTo("application/json");
      assertThat(content(kept(ADA, other))).isEqualTo(Json.write(other));
    }
  }

  @Test
  void a_handle_tells_what_there_is_and_how_to_read_it() {
    var value = StringNode.valueOf("x".repeat(5_000));
    var origin = new Artifacts.Origin("call_1", null, "big");
    var handle = artifacts.keep(ADA, origin, value, Json.write(value));
    assertThat(Artifact.isHandle(handle)).isTrue();
    assertThat(Artifact.isHandle(Json.object().put("artifact_id", "x"))).isFalse();
    assertThat(handle.path("size_bytes").asInt()).isEqualTo(5_000);
    assertThat(handle.path("preview").asString()).startsWith("xxx").hasSizeLessThan(2_100);
    assertThat(handle.path("read_more").asString()).contains(Artifact.READER);
    assertThat(handle.path("url").asString())
        .isEqualTo("/api/artifacts/" + handle.path("artifact_id").asString());
    assertThat(Instant.parse(handle.path("expires_at").asString()))
        .isBetween(
            Instant.now().plus(Duration.ofDays(29)), Instant.now().plus(Duration.ofDays(31)));
  }

  @Test
  void content_is_read_in_parts() {
    var artifact = kept(ADA, StringNode.valueOf("0123456789"));
    assertThat(artifacts.content(artifact, 3, 4)).isEqualTo("3456".getBytes(UTF_8));
    assertThat(artifacts.content(artifact, 8, Integer.MAX_VALUE)).isEqualTo("89".getBytes(UTF_8));
    assertThat(artifacts.content(artifact, 10, 1)).isEmpty();
    assertThat(artifacts.content(artifact, Long.MAX_VALUE, 1)).isEmpty();
  }

  @Test
  void whoever_called_sees_it_and_the_admins_of_the_workspace_and_nobody_else() {
    var id = kept().id();
    assertThat(artifacts.find(ADA, id)).isPresent();
    assertThat(artifacts.find(ROOT, id)).isPresent();
    assertThat(artifacts.find(BOB, id)).isEmpty();
    assertThat(artifacts.find(EVE, id)).isEmpty();
    assertThat(artifacts.list(ADA, 1, 10).count()).isEqualTo(1);
    assertThat(artifacts.list(ROOT, 1, 10).artifacts()).isEmpty();
    for (var stranger : new Caller[] {BOB, EVE}) {
      assertThatThrownBy(() -> artifacts.delete(stranger, id)).hasMessageContaining("not found");
      assertThatThrownBy(() -> artifacts.link(stranger, id, HOUR))
          .hasMessageContaining("not found");
    }
    var viewer = caller("ws_1", "user_ada", Role.VIEWER);
    assertThatThrownBy(() -> artifacts.link(viewer, id, HOUR)).isInstanceOf(Problem.class);
    artifacts.delete(ROOT, id);
    assertThat(artifacts.find(ADA, id)).isEmpty();
    assertThat(one("select string_agg(event, ',') from audit")).isEqualTo("artifact_deleted");
  }

  @Test
  void a_link_of_one_node_opens_on_every_node_with_the_same_key(@TempDir Path other)
      throws Exception {
    var artifact = kept();
    var link = artifacts.link(ADA, artifact.id(), HOUR);
    Files.copy(home.resolve("master.key"), other.resolve("master.key"));
    assertThat(artifacts(other, 30).linked(link.token())).isEqualTo(artifact);
    assertThat(link.until())
        .isBetween(Instant.now().plusSeconds(3_500), Instant.now().plusSeconds(3_601));
    assertThat(one("select string_agg(event || user_id, ',') from audit"))
        .isEqualTo("artifact_linkeduser_ada");
    assertThat(one("select data::text from audit")).doesNotContain(link.token());
  }

  @Test
  void a_link_that_was_changed_anywhere_leads_nowhere() {
    var token = artifacts.link(ADA, kept().id(), HOUR).token();
    for (var i = 0; i < token.length(); i++) {
      var changed = token.charAt(i) == 'A' ? 'B' : 'A';
      assertNoLink(token.substring(0, i) + changed + token.substring(i + 1));
    }
    assertNoLink(token + "A");
    assertNoLink(token.substring(0, token.indexOf('.')));
    assertNoLink("x".repeat(100_000));
    assertNoLink("ä.ö");
    assertNoLink("AAAA.AAAA");
    assertNoLink("");
  }

  @Test
  void a_link_to_anothers_artifact_cannot_be_made_from_ones_own() {
    var mine = artifacts.link(ADA, kept().id(), HOUR).token();
    var other = artifacts.link(BOB, kept(BOB, StringNode.valueOf("y")).id(), HOUR).token();
    assertNoLink(other.substring(0, other.indexOf('.')) + mine.substring(mine.indexOf('.')));
  }

  @Test
  void a_link_ends_with_its_time_with_the_artifact_and_with_the_workspace() throws Exception {
    var artifact = kept();
    artifacts.link(ADA, artifact.id(), HOUR);
    var links = new Links(Vault.open(home, database.database()), new ArtifactStore());
    var past = new Links.Target("ws_1", artifact.id(), Instant.now().minusSeconds(5));
    assertNoLink(database.database().inTx(tx -> links.token(tx, past)));
    var future = new Links.Target("ws_1", artifact.id(), Instant.now().plusSeconds(50));
    assertThat(artifacts.linked(database.database().inTx(tx -> links.token(tx, future))))
        .isEqualTo(artifact);
    var deleted = artifacts.link(ADA, artifact.id(), HOUR).token();
    artifacts.delete(ADA, artifact.id());
    assertNoLink(deleted);
    var closed = artifacts.link(ADA, kept().id(), HOUR).token();
    assertThat(artifacts.linked(closed)).isNotNull();
    sql("update workspace set closed_at = now() where id = 'ws_1'");
    assertNoLink(closed);
  }

  @Test
  void a_link_holds_no_longer_than_what_it_leads_to() {
    var artifact = kept();
    sql("update artifact set expires_at = now() + interval '10 minutes'");
    var link = artifacts.link(ADA, artifact.id(), Artifacts.LONGEST_LINK);
    assertThat(link.until()).isBefore(Instant.now().plusSeconds(601));
  }

  @Test
  void a_workspace_signs_with_a_key_of_its_own_that_is_made_once() throws Exception {
    var artifact = kept();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var links = new ArrayList<Future<Artifacts.Link>>();
      for (var i = 0; i < 8; i++) {
        links.add(threads.submit(() -> artifacts.link(ADA, artifact.id(), HOUR)));
      }
      for (var link : links) {
        assertThat(artifacts.linked(link.get().token())).isEqualTo(artifact);
      }
    }
    assertThat(one("select count(*) from secret")).isEqualTo("1");
    var foreign = kept(EVE, StringNode.valueOf("x"));
    artifacts.link(EVE, foreign.id(), HOUR);
    assertThat(one("select count(*) from secret")).isEqualTo("2");
    var mine = artifacts.link(ADA, artifact.id(), HOUR).token();
    sql("delete from artifact_link_key where workspace_id = 'ws_1'");
    assertNoLink(mine);
  }

  private void assertNoLink(String token) {
    assertThatThrownBy(() -> artifacts.linked(token))
        .as(token)
        .isInstanceOf(Problem.class)
        .hasMessage("There is nothing at this link, or no longer");
  }

  @Test
  void what_has_expired_is_not_there_and_is_deleted_by_the_chore() throws Exception {
    var old = kept();
    var young = kept();
    var link = artifacts.link(ADA, old.id(), HOUR).token();
    sql(
        "update artifact set expires_at = now() - interval '1 second' where id = '"
            + old.id()
            + "'");
    assertThat(artifacts.find(ADA, old.id())).isEmpty();
    assertThat(artifacts.list(ADA, 1, 10).artifacts()).containsExactly(young);
    assertNoLink(link);
    assertThat(artifacts.forgetExpired()).isEqualTo(1);
    assertThat(one("select string_agg(id, ',') from artifact")).isEqualTo(young.id());
  }

  @Test
  void without_a_time_an_artifact_is_kept_for_ever() throws Exception {
    artifacts = artifacts(home, 0);
    var artifact = kept();
    assertThat(artifact.expiresAt()).isNull();
    assertThat(artifacts.forgetExpired()).isZero();
    assertThat(artifacts.link(ADA, artifact.id(), HOUR).until()).isAfter(Instant.now());
  }
}
