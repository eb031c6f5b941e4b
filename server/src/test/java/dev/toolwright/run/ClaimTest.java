package dev.toolwright.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The protocol by which nodes share runs, statement by statement.
@SuppressWarnings("NullAway.Init")
class ClaimTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static RunFixture fixture;

  @BeforeAll
  static void open() {
    fixture = new RunFixture();
  }

  @AfterEach
  void quiet() {
    fixture.quiet();
  }

  @AfterAll
  static void close() {
    fixture.close();
  }

  private static Run submitted(String program, String serial) {
    return fixture.submit(fixture.user, program, serial, HOUR);
  }

  private static Run submitted(String program) {
    return fixture.submit(fixture.user, program, null, HOUR);
  }

  private static Step done(String key) {
    return Step.intent(key, Effect.NONE, "work", null).ended(Step.State.DONE, Json.object(), null);
  }

  /// Whether the fence allowed it.
  private static boolean store(Run run, Step... steps) {
    return fixture.store(List.of(progress(run, steps))).getFirst();
  }

  private static JournalStore.Progress progress(Run run, Step... steps) {
    return new JournalStore.Progress(
        run, List.of(steps), List.of(RunEvent.of("step", Json.object())), null, List.of());
  }

  @Test
  void a_node_without_a_beat_loses_its_runs_and_its_late_writes_are_refused() {
    submitted("p");
    var dead = fixture.silentNode();
    var late = fixture.claim(dead, "p", 1).getFirst();
    assertThat(store(late, done("before"))).isTrue();

    var freed = fixture.die(dead);
    assertThat(freed).extracting(Run::id).containsExactly(late.id());
    assertThat(freed.getFirst())
        .returns(RunState.READY, Run::state)
        .returns(late.fence() + 1, Run::fence)
        .returns(1, Run::revived);
    assertRefused(late);

    var owner = fixture.claim(fixture.silentNode(), "p", 1).getFirst();
    assertThat(owner.fence()).isGreaterThan(freed.getFirst().fence());
    var events = fixture.events(owner).size();
    assertRefused(late);
    fixture.database.useTx(tx -> fixture.journals.release(tx, late));
    fixture.database.useTx(tx -> fixture.journals.postpone(tx, late));

    assertThat(fixture.now(owner)).isEqualTo(owner);
    assertThat(fixture.events(owner)).hasSize(events);
    assertThat(fixture.steps(owner)).extracting(Step::key).containsExactly("before");
    assertThat(fixture.one("select count(*) from run_wait", Long.class)).isZero();
  }

  private static void assertRefused(Run late) {
    assertThat(store(late, done("late"))).isFalse();
    assertThatThrownBy(() ->
            fixture.database.useTx(tx ->
                fixture.journals.park(
                    tx,
                    late,
                    List.of(Wait.forAnswer("late", Wait.OUTCOME_UNKNOWN, null)),
                    RunEvent.of("state", Json.object()),
                    "")))
        .isInstanceOf(StaleOwner.class);
    assertThat(fixture.end(late, RunState.COMPLETED)).isEmpty();
  }

  @Test
  void runs_that_are_stored_together_keep_their_events_in_order_and_the_stale_one_writes_nothing() {
    var node = fixture.silentNode();
    for (var i = 0; i < 3; i++) {
      submitted("together");
    }
    var runs = fixture.claim(node, "together", 3);
    var stale = runs.get(1);
    fixture.sql("update run set fence = fence + 1 where id = '" + stale.id() + "'");
    var told = List.of(event("first"), event("second"));
    var all =
        runs.stream()
            .map(run ->
                new JournalStore.Progress(
                    run, List.of(done("a"), done("b")), told, "On", List.of()))
            .toList();

    assertThat(fixture.store(all)).containsExactly(true, false, true);

    for (var run : List.of(runs.get(0), runs.get(2))) {
      assertThat(fixture.steps(run)).extracting(Step::key).containsExactlyInAnyOrder("a", "b");
      assertThat(fixture.events(run)).extracting(RunEvent::seq).containsExactly(1L, 2L, 3L, 4L);
      assertThat(fixture.events(run))
          .extracting(RunEvent::type)
          .containsExactly("state", "state", "first", "second");
      assertThat(fixture.now(run)).returns(2, Run::stepsDone).returns("On", Run::current);
    }
    assertThat(fixture.steps(stale)).isEmpty();
    assertThat(fixture.events(stale)).hasSize(2);
  }

  private static RunEvent event(String type) {
    return RunEvent.of(type, Json.object());
  }

  @Test
  void a_node_that_beats_keeps_its_runs() throws Exception {
    submitted("p");
    var node = fixture.silentNode();
    fixture.claim(node, "p", 1);
    assertThat(fixture.reaped()).isEmpty();
    assertThat(fixture.beats(node)).isTrue();
    assertThat(fixture.held(node)).hasSize(1);
  }

  @Test
  void a_later_boot_of_a_node_takes_over_at_once_and_the_earlier_cannot_beat() throws Exception {
    submitted("p");
    fixture.database.useTx(tx -> fixture.claims.announce(tx, "twin", "twin.1", "v"));
    fixture.claim("twin.1", "p", 1);
    fixture.database.useTx(tx -> fixture.claims.announce(tx, "twin", "twin.2", "v"));
    assertThat(fixture.beats("twin.1")).isFalse();
    assertThat(fixture.reaped()).hasSize(1);
  }

  @Test
  void progress_forgives_revivals() {
    submitted("p");
    for (var revivals = 1; revivals <= 2; revivals++) {
      var node = fixture.silentNode();
      fixture.claim(node, "p", 1);
      assertThat(fixture.die(node).getFirst().revived()).isEqualTo(revivals);
    }
    var run = fixture.claim(fixture.silentNode(), "p", 1).getFirst();
    store(run, Step.intent("begun", Effect.ONCE, "work", null));
    assertThat(fixture.now(run).revived()).isEqualTo(2);
    store(run, done("begun"));
    assertThat(fixture.now(run).revived()).isZero();
  }

  @Test
  void workspaces_take_turns_however_much_one_has_queued() {
    var other = fixture.newWorkspace();
    fixture.submitTogether(fixture.user, "p", 100);
    var late = fixture.submit(other, "p", null, HOUR);
    fixture.sql("update workspace_meter set max_running = 1000");
    var order = new ArrayList<String>();
    var node = fixture.silentNode();
    for (var i = 0; i < 101; i++) {
      fixture.claim(node, "p", 1).forEach(run -> order.add(run.id()));
    }
    assertThat(order).hasSize(101).doesNotHaveDuplicates();
    assertThat(order.indexOf(late.id())).isLessThan(75);
  }

  @Test
  void a_run_of_a_higher_priority_goes_before_those_of_its_own_workspace() {
    var busy = fixture.newWorkspace();
    var low = fixture.submit(busy, "p", Priority.LOW);
    var first = fixture.submit(busy, "p", Priority.NORMAL);
    var second = fixture.submit(busy, "p", Priority.NORMAL);
    var high = fixture.submit(busy, "p", Priority.HIGH);
    var node = fixture.silentNode();
    var order = new ArrayList<String>();
    for (var i = 0; i < 4; i++) {
      fixture.claim(node, "p", 1).forEach(run -> order.add(run.id()));
    }
    assertThat(order).containsExactly(high.id(), first.id(), second.id(), low.id());
  }

  @Test
  void high_priority_does_not_push_another_workspace_aside() {
    var greedy = fixture.newWorkspace();
    var modest = fixture.newWorkspace();
    for (var i = 0; i < 30; i++) {
      fixture.submit(greedy, "p", Priority.HIGH);
    }
    var few = List.of(fixture.submit(modest, "p", Priority.LOW).id());
    for (var i = 0; i < 30; i++) {
      fixture.submit(greedy, "p", Priority.HIGH);
    }
    var node = fixture.silentNode();
    fixture.sql("update workspace_meter set max_running = 1000");
    var order = new ArrayList<String>();
    for (var i = 0; i < 61; i++) {
      fixture.claim(node, "p", 1).forEach(run -> order.add(run.id()));
    }
    assertThat(order).hasSize(61);
    assertThat(order.indexOf(few.getFirst())).isLessThan(31);
  }

  @Test
  void a_workspace_has_at_most_as_many_running_as_its_cap() {
    var busy = fixture.newWorkspace();
    fixture.sql(
        "update workspace_meter set max_running = 3 where workspace_id = '"
            + busy.workspaceId()
            + "'");
    for (var i = 0; i < 10; i++) {
      fixture.submit(busy, "p", null, HOUR);
    }
    submitted("p");
    var node = fixture.silentNode();
    var taken = fixture.claim(node, "p", 20);
    taken = new ArrayList<>(taken);
    taken.addAll(fixture.claim(node, "p", 20));
    assertThat(taken.stream().filter(run -> run.workspaceId().equals(busy.workspaceId())))
        .hasSize(3);
    assertThat(taken).hasSize(4);
    var first =
        taken.stream().filter(run -> run.workspaceId().equals(busy.workspaceId())).findFirst();
    fixture.end(first.orElseThrow(), RunState.COMPLETED);
    assertThat(fixture.claim(node, "p", 20)).hasSize(1);
  }

  @Test
  void runs_of_one_thread_go_one_after_the_other() {
    var first = submitted("p", "thread_1");
    var second = submitted("p", "thread_1");
    var node = fixture.silentNode();
    var taken = fixture.claim(node, "p", 10);
    assertThat(taken).hasSize(1);
    assertThat(fixture.claim(node, "p", 10)).isEmpty();
    fixture.end(taken.getFirst(), RunState.COMPLETED);
    var next = fixture.claim(node, "p", 10);
    assertThat(List.of(taken.getFirst().id(), next.getFirst().id()))
        .containsExactlyInAnyOrder(first.id(), second.id())
        .isSorted();
  }

  @Test
  void an_older_run_of_a_thread_that_is_retried_waits_for_the_one_at_work() {
    var older = submitted("p", "thread_2");
    var node = fixture.silentNode();
    var taken = fixture.claim(node, "p", 1).getFirst();
    fixture.end(taken, RunState.FAILED);
    var newer = submitted("p", "thread_2");
    assertThat(fixture.claim(node, "p", 1)).extracting(Run::id).containsExactly(newer.id());
    fixture.database.useTx(tx -> fixture.runs.retry(tx, older));
    assertThat(fixture.claim(node, "p", 5)).isEmpty();
  }

  @Test
  void a_node_claims_only_the_programs_it_knows() {
    submitted("agent/99");
    assertThat(fixture.claim(fixture.silentNode(), "p", 10)).isEmpty();
  }

  @Test
  void a_signal_and_a_park_at_the_same_moment_leave_nothing_stuck() throws Exception {
    var node = fixture.silentNode();
    var both = new CyclicBarrier(2);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var i = 0; i < 300; i++) {
        submitted("race");
        var run = fixture.claim(node, "race", 1).getFirst();
        var parked =
            threads.submit(() -> {
              both.await();
              fixture.database.useTx(tx ->
                  fixture.journals.park(
                      tx,
                      run,
                      List.of(Wait.forAnswer("w", "callback", null)),
                      RunEvent.of("state", Json.object()),
                      ""));
              return true;
            });
        both.await();
        fixture.database.useTx(tx -> fixture.store.wake(tx, run.workspaceId(), run.id(), false));
        parked.get();
        var after = fixture.now(run);
        assertThat(after.state()).isEqualTo(RunState.READY);
        fixture.sql("delete from run where id = '" + run.id() + "'");
      }
    }
  }

  @Test
  void a_cancel_and_a_park_at_the_same_moment_leave_nothing_stuck() throws Exception {
    var node = fixture.silentNode();
    var both = new CyclicBarrier(2);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var i = 0; i < 100; i++) {
        submitted("race");
        var run = fixture.claim(node, "race", 1).getFirst();
        var parked =
            threads.submit(() -> {
              both.await();
              fixture.database.useTx(tx ->
                  fixture.journals.park(
                      tx,
                      run,
                      List.of(Wait.forAnswer("w", "callback", null)),
                      RunEvent.of("state", Json.object()),
                      ""));
              return true;
            });
        both.await();
        fixture.runs.cancel(run);
        parked.get();
        assertThat(fixture.now(run).state()).isIn(RunState.READY, RunState.CANCELLED);
        fixture.sql("delete from run where id = '" + run.id() + "'");
      }
    }
  }
}
