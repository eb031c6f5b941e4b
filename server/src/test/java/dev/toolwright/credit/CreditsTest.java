package dev.toolwright.credit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Caller;
import dev.toolwright.account.NewUser;
import dev.toolwright.account.Role;
import dev.toolwright.audit.Audit;
import dev.toolwright.database.Database;
import dev.toolwright.database.TestDatabase;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import java.math.BigDecimal;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
class CreditsTest {
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final Credits CREDITS = new Credits();
  private static TestDatabase test;
  private static Database database;
  private Caller user;

  @BeforeAll
  static void open() {
    test = TestDatabase.fresh();
    database = test.database();
  }

  @AfterAll
  static void close() {
    test.close();
  }

  @BeforeEach
  void a_user_of_a_new_workspace() throws InterruptedException {
    var accounts = new Accounts(database, new Audit(), InstantSource.system());
    var name = "w" + NUMBER.incrementAndGet();
    var workspace = database.inTx(tx -> accounts.createWorkspace(tx, name));
    user = accounts.createUser(new NewUser(workspace, name, null, Role.MEMBER, 1, Set.of()));
  }

  private static BigDecimal credits(String amount) {
    return new BigDecimal(amount);
  }

  private void charge(String amount, String cause) {
    database.useTx(
        tx -> CREDITS.charge(tx, user.workspaceId(), user.userId(), credits(amount), cause));
  }

  private void reserve(String amount, String cause) {
    database.useTx(
        tx -> CREDITS.reserve(tx, user.workspaceId(), user.userId(), credits(amount), cause));
  }

  private void limit(@Nullable String amount) {
    database.useTx(tx ->
        CREDITS.limit(
            tx, user.workspaceId(), user.userId(), amount == null ? null : credits(amount)));
  }

  private boolean isSettled(String cause) {
    return database.direct(tx -> CREDITS.isSettled(tx, user.workspaceId(), cause));
  }

  private static void tx(Consumer<Tx> work) {
    database.useTx(work);
  }

  /// What the entries say of an account of the user's.
  private BigDecimal booked(String account) {
    return database.direct(tx ->
        tx.handle()
            .createQuery(
                """
                select coalesce(sum(case when credit = :account then amount else 0 end
                                    - case when debit = :account then amount else 0 end), 0)
                from credit_entry where workspace_id = :workspace
                """)
            .bind("account", account)
            .bind("workspace", user.workspaceId())
            .mapTo(BigDecimal.class)
            .one());
  }

  private String workspaceMeter() {
    return database.direct(tx ->
        tx.handle()
            .createQuery(
                "select trim_scale(spent) || ' ' || trim_scale(reserved) from workspace_meter where workspace_id = :w")
            .bind("w", user.workspaceId())
            .mapTo(String.class)
            .one());
  }

  private void assertBalanced(String spent, String reserved) {
    var balance = database.direct(tx -> CREDITS.balance(tx, user.workspaceId(), user.userId()));
    assertThat(balance.spent()).isEqualByComparingTo(spent);
    assertThat(balance.reserved()).isEqualByComparingTo(reserved);
    assertThat(booked("spent")).isEqualByComparingTo(spent);
    assertThat(booked("reserved")).isEqualByComparingTo(reserved);
    assertThat(booked("available").add(booked("spent")).add(booked("reserved")))
        .isEqualByComparingTo("0");
    assertThat(workspaceMeter()).isEqualTo(spent + " " + reserved);
  }

  private static void assertTooFew(Runnable work) {
    assertThatThrownBy(work::run)
        .isInstanceOfSatisfying(
            Problem.class, p -> assertThat(p.kind()).isEqualTo(Problem.Kind.PAYMENT_REQUIRED));
  }

  @Test
  void the_books_balance_through_reservations_charges_settlements_and_refunds() {
    reserve("5", "run_a");
    reserve("5", "run_b");
    charge("0.5", "call_a");
    assertBalanced("0.5", "10");
    tx(tx -> CREDITS.settle(tx, user.workspaceId(), "run_a"));
    tx(tx -> CREDITS.refund(tx, user.workspaceId(), "run_b"));
    assertBalanced("5.5", "0");
    assertThat(isSettled("run_a")).isTrue();
    assertThat(isSettled("run_b")).isFalse();
  }

  @Test
  void what_is_settled_or_refunded_stays_so() {
    reserve("5", "run_c");
    for (var i = 0; i < 3; i++) {
      tx(tx -> CREDITS.settle(tx, user.workspaceId(), "run_c"));
      tx(tx -> CREDITS.refund(tx, user.workspaceId(), "run_c"));
    }
    tx(tx -> CREDITS.refund(tx, user.workspaceId(), "run_never"));
    assertBalanced("5", "0");
  }

  @Test
  void a_cause_is_charged_once() {
    charge("1", "call_b");
    assertThatThrownBy(() -> charge("1", "call_b")).isInstanceOf(RuntimeException.class);
    assertBalanced("1", "0");
  }

  @Test
  void a_users_limit_counts_what_is_reserved_and_a_refusal_leaves_nothing_behind() {
    limit("6");
    reserve("5", "run_d");
    charge("1", "call_c");
    assertTooFew(() -> charge("0.0001", "call_d"));
    assertTooFew(() -> reserve("1", "run_e"));
    assertBalanced("1", "5");
    tx(tx -> CREDITS.refund(tx, user.workspaceId(), "run_d"));
    charge("5", "call_e");
    limit(null);
    charge("1000", "call_f");
    assertBalanced("1006", "0");
  }

  @Test
  void a_workspaces_limit_binds_everybody_in_it() {
    tx(tx ->
        tx.handle()
            .execute(
                "update workspace_meter set credit_limit = 2 where workspace_id = ?",
                user.workspaceId()));
    charge("1", "call_g");
    assertTooFew(() -> reserve("1.5", "run_f"));
    assertTooFew(() -> charge("1.5", "call_h"));
    assertBalanced("1", "0");
  }

  @Test
  void nothing_is_entered_for_nothing() {
    charge("0", "call_i");
    reserve("0", "run_g");
    assertBalanced("0", "0");
  }

  @Test
  void charges_at_the_same_time_never_pass_a_limit() throws Exception {
    limit("10");
    try (var threads = Executors.newFixedThreadPool(8)) {
      var tries =
          IntStream.range(0, 40)
              .<Callable<Boolean>>mapToObj(i ->
                  () -> {
                    try {
                      if (i % 2 == 0) {
                        charge("1", "many_" + i);
                      } else {
                        reserve("1", "many_" + i);
                      }
                      return true;
                    } catch (Problem e) {
                      return false;
                    }
                  })
              .toList();
      var paid = 0;
      for (var one : threads.invokeAll(tries)) {
        paid += one.get() ? 1 : 0;
      }
      assertThat(paid).isEqualTo(10);
    }
    assertThat(booked("available")).isEqualByComparingTo("-10");
  }
}
