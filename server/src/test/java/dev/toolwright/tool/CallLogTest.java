package dev.toolwright.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.database.Database;
import dev.toolwright.database.TestDatabase;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
class CallLogTest {
  private static TestDatabase test;
  private static Database database;

  @BeforeAll
  static void open() {
    test = TestDatabase.fresh();
    database = test.database();
    database.useTx(tx -> {
      tx.handle()
          .execute("insert into workspace (id, name) values ('ws_1', 'one'), ('ws_2', 'two')");
      tx.handle().execute("insert into workspace_meter (workspace_id) values ('ws_1'), ('ws_2')");
      tx.handle()
          .execute(
              "insert into account (workspace_id, id, username, role) values ('ws_1', 'user_1', 'a', 'member'), ('ws_2', 'user_2', 'b', 'member')");
    });
  }

  @AfterAll
  static void close() {
    test.close();
  }

  private static CallRecord call(
      String workspace, String user, String id, String tool, String price) {
    return new CallRecord(
        workspace,
        id,
        tool,
        1,
        user,
        null,
        null,
        "test",
        "ended",
        "succeeded",
        null,
        null,
        1_000,
        1,
        Json.object(),
        "{}",
        List.of("a\u0000b"),
        new BigDecimal(price),
        new BigDecimal(price));
  }

  private static String one(String query) {
    return database.direct(tx -> tx.handle().createQuery(query).mapTo(String.class).one());
  }

  @Test
  void concurrent_calls_are_stored_counted_and_charged_and_a_bad_one_fails_alone()
      throws Exception {
    var calls = new ArrayList<Callable<Boolean>>();
    List<Future<Boolean>> stored;
    try (var log = new CallLog(database);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var i = 0; i < 200; i++) {
        var record =
            i == 77
                ? call("ws_nowhere", "user_1", "call_bad", "tool_a", "0.5")
                : i % 2 == 0
                    ? call("ws_1", "user_1", Ids.next("call"), "tool_a", "0.5")
                    : call("ws_2", "user_2", Ids.next("call"), "tool_a", "0");
        calls.add(() -> {
          log.record(record);
          return true;
        });
      }
      stored = threads.invokeAll(calls);
    }
    var failed = 0;
    for (var one : stored) {
      try {
        assertThat(one.get()).isTrue();
      } catch (ExecutionException e) {
        assertThat(e.getCause()).isInstanceOf(Problem.class);
        failed++;
      }
    }
    assertThat(failed).isEqualTo(1);
    assertThat(
            one(
                "select string_agg(workspace_id || ' ' || calls || ' ' || succeeded || ' ' || total_us, ', ' order by workspace_id) from tool_usage where tool_id = 'tool_a'"))
        .isEqualTo("ws_1 100 100 100000, ws_2 99 99 99000");
    assertThat(one("select trim_scale(spent)::text from user_meter where user_id = 'user_1'"))
        .isEqualTo("50");
    assertThat(
            one("select trim_scale(spent)::text from workspace_meter where workspace_id = 'ws_1'"))
        .isEqualTo("50");
    assertThat(one("select count(*)::text from credit_entry")).isEqualTo("100");
    assertThat(one("select count(*)::text from call")).isEqualTo("199");
  }

  @Test
  void callers_that_are_interrupted_tear_nothing() throws Exception {
    try (var log = new CallLog(database)) {
      var callers = new ArrayList<Thread>();
      for (var i = 0; i < 100; i++) {
        var record = call("ws_2", "user_2", Ids.next("call"), "tool_torn", "0");
        var caller =
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    log.record(record);
                  } catch (InterruptedException e) {
                    // It goes its way.
                  }
                });
        callers.add(caller);
        caller.interrupt();
      }
      for (var caller : callers) {
        caller.join();
      }
    }
    // Closing has waited for what nobody waits for.
    assertThat(one("select sum(calls) from tool_usage where tool_id = 'tool_torn'"))
        .isEqualTo("100");
  }

  @Test
  void a_closed_log_refuses() throws Exception {
    var log = new CallLog(database);
    log.close();
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> log.record(call("ws_1", "user_1", Ids.next("call"), "tool_b", "0")))
        .isInstanceOf(Problem.class);
  }

  @Test
  void old_calls_are_deleted_and_what_they_add_up_to_stays() throws Exception {
    try (var log = new CallLog(database)) {
      log.record(call("ws_1", "user_1", "call_0000000000010123456789ab", "tool_old", "0"));
      log.record(call("ws_2", "user_2", "call_0000000000020123456789ab", "tool_old", "0"));
      log.record(call("ws_1", "user_1", Ids.next("call"), "tool_old", "0"));
      assertThat(log.forget(Instant.now().minus(Duration.ofDays(90)))).isEqualTo(2);
      assertThat(one("select count(*) from call where tool_id = 'tool_old'")).isEqualTo("1");
      log.forget(Instant.now().plus(Duration.ofDays(1)));
    }
    assertThat(one("select sum(calls) from tool_usage where tool_id = 'tool_old'")).isEqualTo("3");
  }
}
