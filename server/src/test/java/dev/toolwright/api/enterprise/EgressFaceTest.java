package dev.toolwright.api.enterprise;

import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import dev.toolwright.account.Accounts;
import dev.toolwright.account.Users;
import dev.toolwright.account.WorkspaceEgress;
import dev.toolwright.account.Workspaces;
import dev.toolwright.audit.Audit;
import dev.toolwright.database.Notices;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Where a workspace's requests may go, over the API and in its effect on tools and webhooks.
@SuppressWarnings("NullAway.Init")
class EgressFaceTest {
  private static TestPlatform platform;
  private static Remote remote;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    remote = new Remote();
    remote.at("/x", 200, "{}");
    remote.at("/hook", 200, "");
  }

  @AfterAll
  static void close() {
    remote.close();
    platform.close();
  }

  @AfterEach
  void forget() {
    platform.put(platform.root, path(platform.root), json("{'allow':null,'deny':[]}")).as(200);
  }

  private static String path(TestPlatform.User user) {
    return "/api/workspaces/" + user.caller().workspaceId() + "/egress";
  }

  private static String port() {
    return remote.url().substring(remote.url().lastIndexOf(':') + 1);
  }

  private static String errorOf(String tool) {
    return platform.test(platform.ada, tool, json("{}")).path("error_type").asString("");
  }

  private static String tool() {
    var tool = name("reach");
    platform.tool(platform.ada, http(tool, "GET", remote.url() + "/x"));
    return tool;
  }

  @Test
  void nobody_said_anything_at_first() {
    var shown = platform.get(platform.eve, path(platform.eve)).as(200);
    assertThat(shown.path("allow").isNull()).isTrue();
    assertThat(shown.path("deny")).isEmpty();
    assertThat(shown.path("changed_at").isNull()).isTrue();
  }

  @Test
  void a_list_closes_everything_else_for_tools_at_once() {
    var tool = tool();
    assertThat(errorOf(tool)).isEmpty();
    var listed = json("{'allow':['https://*.example.com','10.0.0.0/8:443']}");
    var shown = platform.put(platform.root, path(platform.root), listed).as(200);
    assertThat(shown.path("allow")).isEqualTo(listed.path("allow"));
    assertThat(shown.path("deny")).isEmpty();
    assertThat(shown.path("changed_at").asString()).endsWith("Z");
    assertThat(platform.get(platform.root, path(platform.root)).as(200)).isEqualTo(shown);
    var before = remote.count();
    assertThat(errorOf(tool)).isEqualTo("permission_error");
    assertThat(remote.count()).isEqualTo(before);

    var own = json("{}");
    own.putArray("allow").add("http://127.0.0.1:" + port());
    platform.put(platform.root, path(platform.root), own).as(200);
    assertThat(errorOf(tool)).isEmpty();
    platform.put(platform.root, path(platform.root), json("{'deny':['127.0.0.0/8']}")).as(200);
    assertThat(errorOf(tool)).as("a denial wins").isEqualTo("permission_error");
    assertThat(platform.get(platform.root, path(platform.root)).as(200).path("allow"))
        .as("what is not named stays")
        .isEqualTo(own.path("allow"));
    platform.put(platform.root, path(platform.root), json("{'allow':null,'deny':[]}")).as(200);
    assertThat(errorOf(tool)).isEmpty();
  }

  @Test
  void nothing_is_opened_that_the_server_denies() {
    var tool = name("inside");
    platform.tool(platform.ada, http(tool, "GET", "http://127.0.0.2:1/"));
    var wide = json("{'allow':['*','127.0.0.0/8','169.254.169.254']}");
    platform.put(platform.root, path(platform.root), wide).as(200);
    assertThat(errorOf(tool)).isEqualTo("permission_error");
  }

  @Test
  void another_workspace_is_not_concerned() {
    platform.put(platform.eve, path(platform.eve), json("{'allow':[]}")).as(200);
    assertThat(errorOf(tool())).isEmpty();
    var hers = name("hers");
    platform.tool(platform.eve, http(hers, "GET", remote.url() + "/x"));
    assertThat(platform.test(platform.eve, hers, json("{}")).path("error_type").asString())
        .isEqualTo("permission_error");
    platform.put(platform.root, path(platform.eve), json("{'allow':null}")).as(200);
    assertThat(platform.test(platform.eve, hers, json("{}")).path("success").asBoolean())
        .as("who looks after the server may change it too")
        .isTrue();
  }

  @Test
  void a_webhook_of_the_workspace_is_held_to_it_when_it_is_sent() {
    platform.put(platform.root, path(platform.root), json("{'deny':['127.0.0.1']}")).as(200);
    var before = remote.requests("/hook").size();
    var agent = platform.agent(platform.ada);
    var job =
        platform.execute(
            platform.ada,
            json("{'message':'SAY done'}")
                .put("agent_id", agent)
                .put("webhook_url", remote.url() + "/hook"));
    platform.until(platform.ada, job, "completed");
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(
                    platform.one(
                        "select count(*) from delivery where last_error like '%not allowed%'",
                        Integer.class))
                .isEqualTo(1));
    assertThat(remote.requests("/hook")).hasSize(before);
    platform.put(platform.root, path(platform.root), json("{'deny':[]}")).as(200);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(remote.requests("/hook")).hasSize(before + 1));
  }

  @Test
  void every_fault_is_named() {
    var bad = json("{'allow':['good.test','bad_1','ftp://x'],'deny':['10.0.0.1/8'],'mode':'open'}");
    var faults =
        platform.put(platform.root, path(platform.root), bad).as(400).path("message").toString();
    assertThat(faults).contains("allow[1] is no host", "allow[2] is", "deny[0] is", "mode");
    assertThat(faults).doesNotContain("allow[0]");
    platform.put(platform.root, path(platform.root), json("{}")).as(400);
    platform.put(platform.root, path(platform.root), json("{'deny':'x'}")).as(400);
  }

  @Test
  void a_change_is_recorded_with_who_made_it() {
    platform.put(platform.root, path(platform.root), json("{'deny':['audited.test']}")).as(200);
    assertThat(
            platform.one(
                "select user_id || ' ' || subject || ' ' || data::text from audit"
                    + " where event = 'egress_changed' and data::text like '%audited%'",
                String.class))
        .contains(
            platform.root.caller().userId(), platform.root.caller().workspaceId(), "audited.test");
  }

  @Test
  void only_admins_see_and_change_it_and_only_of_their_own_workspace() {
    for (var user : new TestPlatform.User[] {platform.ada, platform.vera}) {
      platform.get(user, path(user)).as(403);
      platform.put(user, path(user), json("{'deny':[]}")).as(403);
    }
    platform.get(platform.eve, path(platform.root)).as(404);
    platform.put(platform.eve, path(platform.root), json("{'deny':[]}")).as(404);
    platform.get(platform.root, "/api/workspaces/nothing/egress").as(404);
  }

  @Test
  void another_node_holds_to_a_change_within_two_seconds() throws Exception {
    var database = platform.database.database();
    var audit = new Audit();
    var accounts = new Accounts(database, audit, InstantSource.system());
    try (var notices = new Notices(database, "another-node")) {
      var users = new Users(database, accounts, audit, notices);
      var workspaces = new Workspaces(database, accounts, users, audit);
      var there = new WorkspaceEgress(database, notices, workspaces, audit);
      var id = platform.root.caller().workspaceId();
      var open = there.of(id);
      assertThat(there.of(id)).isSameAs(open);
      platform.put(platform.root, path(platform.root), json("{'deny':['far.test']}")).as(200);
      await()
          .atMost(Duration.ofMillis(2_500))
          .pollInterval(Duration.ofMillis(5))
          .until(() -> there.of(id) != open);
    }
  }
}
