package dev.toolwright.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TogetherTest {
  private static final TestDatabase TEST = TestDatabase.fresh();
  private static final int MANY = 40;
  private final Database database = TEST.database();

  /// How many parts each transaction had.
  private final List<Integer> groups = Collections.synchronizedList(new ArrayList<>());

  /// Holds the first transaction until the others have come.
  private final CountDownLatch go = new CountDownLatch(1);

  @BeforeEach
  void an_empty_table() {
    database.useTx(tx -> {
      tx.handle().execute("drop table if exists kept");
      tx.handle().execute("create table kept (n int primary key check (n >= 0))");
    });
  }

  @AfterAll
  static void close() {
    TEST.close();
  }

  private List<Integer> keep(Tx tx, List<Integer> numbers) {
    groups.add(numbers.size());
    try {
      go.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    for (var n : numbers) {
      tx.handle().execute("insert into kept values (?)", n);
    }
    return numbers.stream().map(n -> n * 2).toList();
  }

  private List<Integer> kept() {
    return database.direct(
        tx -> tx.handle().createQuery("select n from kept order by n").mapTo(Integer.class).list());
  }

  /// All but the first come while that one is at work.
  private List<Future<Integer>> addAll(Together<Integer, Integer> together, List<Integer> numbers)
      throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var added = new ArrayList<Future<Integer>>();
      for (var n : numbers) {
        added.add(threads.submit(() -> together.add(n)));
        while (groups.isEmpty()) {
          Thread.onSpinWait();
        }
      }
      while (together.waiting() < numbers.size() - 1) {
        Thread.onSpinWait();
      }
      go.countDown();
      return added;
    }
  }

  @Test
  void those_that_come_while_one_is_at_work_share_a_transaction_and_each_gets_its_own_result()
      throws Exception {
    try (var together = new Together<>(database, "test", _ -> true, this::keep)) {
      var numbers = java.util.stream.IntStream.range(0, MANY).boxed().toList();
      var added = addAll(together, numbers);
      for (var n : numbers) {
        assertThat(added.get(n).get()).isEqualTo(n * 2);
      }
    }
    assertThat(groups).containsExactly(1, MANY - 1);
    assertThat(kept()).hasSize(MANY);
  }

  @Test
  void nobody_fails_because_of_another() throws Exception {
    try (var together = new Together<>(database, "test", _ -> true, this::keep)) {
      var added = addAll(together, List.of(0, 1, 2, -3, 4));
      for (var good : List.of(0, 1, 2, 4)) {
        assertThat(added.get(good).get()).isEqualTo(good * 2);
      }
      assertThatThrownBy(() -> added.get(3).get()).hasMessageContaining("kept_n_check");
    }
    assertThat(kept()).containsExactly(0, 1, 2, 4);
  }

  @Test
  void it_goes_on_after_its_session_was_lost() {
    go.countDown();
    try (var together = new Together<>(database, "test", _ -> true, this::keep)) {
      assertThat(together.add(1)).isEqualTo(2);
      database.useTx(tx ->
          tx.handle()
              .execute(
                  """
                  select pg_terminate_backend(pid) from pg_stat_activity
                  where application_name = 'toolwright-test' and datname = current_database()
                  """));
      assertThatThrownBy(() -> together.add(2)).isInstanceOf(RuntimeException.class);
      assertThat(together.add(3)).isEqualTo(6);
    }
    assertThat(kept()).containsExactly(1, 3);
  }
}
