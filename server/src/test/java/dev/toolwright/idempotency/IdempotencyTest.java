package dev.toolwright.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.toolwright.database.TestDatabase;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IdempotencyTest {
  private static final Key KEY = new Key("ws", "user", "POST", "/agents/create", "k1");
  private static final byte[] HASH = {1, 2, 3};
  private static final TestDatabase TEST = TestDatabase.fresh();

  private final Idempotency here = new Idempotency(TEST.database(), "node_here");
  private final Idempotency there = new Idempotency(TEST.database(), "node_there");

  @AfterAll
  static void drop() {
    TEST.close();
  }

  @BeforeEach
  void forget() {
    sql("delete from idempotency");
    sql("delete from node");
  }

  @Test
  void a_done_request_is_answered_again() throws Exception {
    var claim = fresh(here);
    here.done(claim, 201, Json.object().put("id", "x"));
    assertThat(there.claim(KEY, HASH, false))
        .isEqualTo(new Claim.Replay(201, Json.object().put("id", "x")));
  }

  @Test
  void another_body_is_a_conflict() throws Exception {
    fresh(here);
    var problem = refused(there, new byte[] {9}, false);
    assertThat(problem.kind()).isEqualTo(Problem.Kind.CONFLICT);
    assertThat(problem).hasMessageContaining("another request");
  }

  @Test
  void a_released_key_is_free() throws Exception {
    here.release(fresh(here));
    assertThat(there.claim(KEY, HASH, false)).isInstanceOf(Claim.Fresh.class);
  }

  @Test
  void one_of_many_at_once_acts_and_the_rest_get_its_answer() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Boolean> request =
          () -> {
            var claim = here.claim(KEY, HASH, false);
            if (claim instanceof Claim.Fresh first) {
              here.done(first, 200, Json.object());
            }
            return claim instanceof Claim.Fresh;
          };
      var acted = 0;
      for (var answer : threads.invokeAll(Collections.nCopies(8, request))) {
        acted += answer.get() ? 1 : 0;
      }
      assertThat(acted).isEqualTo(1);
    }
  }

  @Test
  void an_answer_kept_in_a_transaction_is_rolled_back_with_it() throws Exception {
    var claim = fresh(here);
    assertThatThrownBy(() ->
            TEST.database()
                .useTx(tx -> {
                  here.done(tx, claim, 200, Json.object());
                  throw new IllegalStateException("no");
                }))
        .isInstanceOf(IllegalStateException.class);
    here.release(claim);
    assertThat(here.claim(KEY, HASH, false)).isInstanceOf(Claim.Fresh.class);
  }

  @Test
  void a_dead_nodes_key_is_taken_over_when_the_command_may_run_again() throws Exception {
    var lost = fresh(there);
    sql("insert into node values ('node_there', '1', now() - interval '6 s')");
    assertThat(here.claim(KEY, HASH, true)).isInstanceOf(Claim.Fresh.class);
    // It was only paused: what it does now must not count.
    assertThatThrownBy(() -> TEST.database().useTx(tx -> there.done(tx, lost, 200, Json.object())))
        .isInstanceOf(Problem.class);
  }

  @Test
  void a_dead_nodes_key_is_otherwise_of_unknown_outcome() throws Exception {
    fresh(there);
    sql("update idempotency set created_at = now() - interval '31 s'");
    assertThat(refused(here, HASH, false)).hasMessageContaining("outcome unknown");
    assertThat(refused(here, HASH, true)).hasMessageContaining("outcome unknown");
  }

  @Test
  void a_beating_nodes_key_is_waited_for_however_old() throws Exception {
    fresh(there);
    sql("insert into node values ('node_there', '1', now() + interval '1 minute')");
    sql("update idempotency set created_at = now() - interval '1 hour'");
    var problem = refused(here, HASH, true);
    assertThat(problem).hasMessageContaining("in progress");
    assertThat(problem.retryAfter()).isNotNull();
  }

  @Test
  void a_claim_of_a_process_that_forgot_it_is_taken_over_after_seconds() throws Exception {
    fresh(here);
    sql("update idempotency set created_at = created_at - interval '6 s'");
    assertThat(here.claim(KEY, HASH, true)).isInstanceOf(Claim.Fresh.class);
  }

  @Test
  void a_key_is_new_again_after_its_day() throws Exception {
    here.done(fresh(here), 200, Json.object());
    sql("update idempotency set expires_at = now()");
    assertThat(here.claim(KEY, new byte[] {9}, false)).isInstanceOf(Claim.Fresh.class);
    sql("update idempotency set expires_at = now()");
    assertThat(here.forgetExpired()).isEqualTo(1);
  }

  private static Claim.Fresh fresh(Idempotency node) throws InterruptedException {
    return (Claim.Fresh) node.claim(KEY, HASH, false);
  }

  private static Problem refused(Idempotency node, byte[] hash, boolean replayable) {
    return catchThrowableOfType(Problem.class, () -> node.claim(KEY, hash, replayable));
  }

  private static void sql(String statement) {
    TEST.database().useTx(tx -> tx.handle().execute(statement));
  }
}
