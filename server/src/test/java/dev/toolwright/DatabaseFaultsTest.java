package dev.toolwright;

import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.TestPlatform.Answer;
import dev.toolwright.json.Json;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/// A database that goes away, only reads, or answers nobody: requests are told so, and nothing is
/// lost.
class DatabaseFaultsTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private static void isUnavailable(Answer answer) {
    answer.as(503);
    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    assertThat(answer.body().path("error").path("code").asString(answer.text()))
        .doesNotContain("SQL", "org.postgresql");
  }

  private static CompletableFuture<Answer> asked(Supplier<Answer> request) {
    return CompletableFuture.supplyAsync(request, Thread::startVirtualThread);
  }

  private static Answer create(TestPlatform platform) {
    var body = Json.object().put("name", name("agent")).put("instructions", "Help.");
    return platform.post(platform.ada, "/agents/create", body);
  }

  private static int health(TestPlatform platform, String what) {
    return platform.send(platform.request("GET", "/health/" + what, null)).status();
  }

  @Test
  void a_database_that_restarts_costs_503_and_no_job() {
    try (var remote = new Remote();
        var platform = new TestPlatform()) {
      var acting = new Semaphore(0);
      var go = new Semaphore(0);
      var tool = name("pay");
      remote.at(
          "/pay",
          (exchange, count) -> {
            acting.release();
            go.acquire();
            Remote.send(exchange, 200, "{\"paid\":" + count + "}");
          });
      platform.tool(platform.ada, http(tool, "PUT", remote.url() + "/pay"));
      var agent = platform.agent(platform.ada, tool);
      var call = "CALL " + tool + " {}";
      var job = platform.execute(platform.ada, agent, call + "\n---\n" + call + "\n---\nSAY done");
      acting.acquireUninterruptibly();

      platform.database.cut();
      var written = asked(() -> create(platform));
      var read = asked(() -> platform.get(platform.ada, "/agents/status/" + job));
      var ready = asked(() -> platform.send(platform.request("GET", "/health/ready", null)));
      assertThat(health(platform, "live")).isEqualTo(200);
      isUnavailable(written.join());
      isUnavailable(read.join());
      assertThat(ready.join().status()).isEqualTo(503);
      platform.database.mend();

      go.release(10);
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(health(platform, "ready")).isEqualTo(200));
      create(platform).as(200);
      platform.until(platform.ada, job, "completed");
      var keys =
          remote.requests("/pay").stream().map(one -> one.header("Idempotency-key")).distinct();
      assertThat(keys).hasSize(2);
    }
  }

  @Test
  void a_database_that_only_reads_is_read_and_fails_no_job() {
    try (var platform = new TestPlatform()) {
      var agent = platform.agent(platform.ada);
      platform.database.readOnly(true);
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> assertThat(platform.get(platform.ada, "/agents/list").status()).isEqualTo(200));
      isUnavailable(create(platform));
      isUnavailable(
          platform.post(
              platform.ada,
              "/agents/execute",
              Json.object().put("agent_id", agent).put("message", "SAY hi")));
      platform.database.readOnly(false);
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(create(platform).status()).isEqualTo(200));
      assertThat(platform.ended(platform.ada, agent, "SAY hi").path("status").asString())
          .isEqualTo("completed");
      assertThat(platform.one("select count(*) from run where state = 'failed'", Integer.class))
          .isZero();
    }
  }

  @Test
  void when_every_connection_is_taken_others_are_told_at_once_and_nodes_keep_their_runs()
      throws SQLException {
    try (var platform = new TestPlatform(Map.of("TOOLWRIGHT_DATABASE_CONNECTIONS", "4"));
        var blocker = connection(platform)) {
      blocker.setAutoCommit(false);
      try (var statement = blocker.createStatement()) {
        statement.execute("lock table definition in access exclusive mode");
      }
      var stuck = new ArrayList<CompletableFuture<Answer>>();
      for (var i = 0; i < 4; i++) {
        stuck.add(asked(() -> platform.get(platform.ada, "/agents/list")));
      }
      await()
          .atMost(SOON)
          .until(() ->
              platform.one(
                      "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                          + " and datname = current_database()",
                      Integer.class)
                  >= 4);
      isUnavailable(platform.get(platform.ada, "/jobs/status/recent"));
      assertThat(health(platform, "live")).isEqualTo(200);
      assertThat(
              platform.one(
                  "select count(*) from node where beat > clock_timestamp() - interval '3 seconds'",
                  Integer.class))
          .isEqualTo(1);
      blocker.rollback();
      assertThat(List.copyOf(stuck))
          .allSatisfy(one -> assertThat(one.join().status()).isEqualTo(200));
      platform.get(platform.ada, "/jobs/status/recent").as(200);
    }
  }

  private static Connection connection(TestPlatform platform) throws SQLException {
    var address = platform.database.address();
    return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
  }
}
