package dev.toolwright.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.toolwright.audit.Audit;
import dev.toolwright.database.TestDatabase;
import dev.toolwright.http.Problem;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
class AccountsTest {
  private static TestDatabase test;
  private final TurnedClock clock = new TurnedClock(InstantSource.system().instant());
  private final Accounts accounts = new Accounts(test.database(), new Audit(), clock);
  private Caller ada;

  @BeforeAll
  static void open() {
    test = TestDatabase.fresh();
  }

  @AfterAll
  static void close() {
    test.close();
  }

  @BeforeEach
  void createAda() throws InterruptedException {
    var workspace = test.database().inTx(tx -> accounts.createWorkspace(tx, "home"));
    ada =
        accounts.createUser(
            new NewUser(workspace, "Ada", "correct horse", Role.MEMBER, 1, Set.of()));
  }

  @AfterEach
  void empty() {
    test.empty();
  }

  @Test
  void a_password_gives_a_token_of_thirty_days_that_says_who_calls() throws Exception {
    var issued = accounts.signIn("ada", "correct horse", "10.0.0.1");
    assertThat(issued.token()).matches("tw_[0-9a-f]{64}");
    assertThat(issued.expiresAt())
        .isBetween(
            clock.instant().plus(Duration.ofDays(30)).minusSeconds(1),
            clock.instant().plus(Duration.ofDays(30)));
    assertThat(accounts.authenticate(issued.token())).contains(ada);
    assertThat(issued.toString()).doesNotContain(issued.token());
  }

  @Test
  void the_database_holds_neither_password_nor_token() throws Exception {
    var issued = accounts.signIn("ada", "correct horse", "10.0.0.1");
    var dump =
        test.database()
            .direct(tx ->
                tx.handle()
                    .createQuery(
                        """
                        select (select string_agg(a::text, ',') from account a)
                          || (select string_agg(t::text, ',') from api_token t)
                        """)
                    .mapTo(String.class)
                    .one());
    assertThat(dump)
        .contains("$argon2id$v=19$m=19456,t=2,p=1$")
        .doesNotContain("correct horse")
        .doesNotContain(issued.token());
  }

  @Test
  void a_wrong_password_and_an_unknown_name_are_refused_alike_and_audited() {
    var wrong = refusal("ada", "wrong", "10.0.0.1");
    var unknown = refusal("nobody", "wrong", "10.0.0.1");
    assertThat(wrong.kind()).isEqualTo(Problem.Kind.UNAUTHORIZED);
    assertThat(unknown.messages()).isEqualTo(wrong.messages());
    assertThat(audited("sign_in_refused")).isEqualTo(1);
  }

  @Test
  void after_five_failures_a_pair_of_name_and_address_waits_ever_longer() throws Exception {
    for (int i = 0; i < 5; i++) {
      assertThat(refusal("ada", "wrong", "10.0.0.1").kind()).isEqualTo(Problem.Kind.UNAUTHORIZED);
    }
    var paused = refusal("ADA", "correct horse", "10.0.0.1");
    assertThat(paused.kind()).isEqualTo(Problem.Kind.LIMITED);
    assertThat(paused.retryAfter()).isEqualTo(Duration.ofSeconds(1));
    clock.turn(Duration.ofSeconds(1));
    assertThat(refusal("ada", "wrong", "10.0.0.1").kind()).isEqualTo(Problem.Kind.UNAUTHORIZED);
    assertThat(refusal("ada", "wrong", "10.0.0.1").retryAfter()).isEqualTo(Duration.ofSeconds(2));
    assertThat(accounts.signIn("ada", "correct horse", "10.0.0.2")).isNotNull();
    clock.turn(Duration.ofSeconds(2));
    assertThat(accounts.signIn("ada", "correct horse", "10.0.0.1")).isNotNull();
    assertThat(refusal("ada", "wrong", "10.0.0.1").kind()).isEqualTo(Problem.Kind.UNAUTHORIZED);
  }

  @Test
  void an_eleventh_sign_in_revokes_the_oldest_and_no_named_token() throws Exception {
    var named = test.database().inTx(tx -> accounts.issue(tx, ada, "ci", null));
    var tokens = new ArrayList<String>();
    for (int i = 0; i < 11; i++) {
      tokens.add(accounts.signIn("ada", "correct horse", "10.0.0.1").token());
    }
    assertThat(accounts.authenticate(tokens.getFirst())).isEmpty();
    assertThat(tokens.subList(1, 11)).allMatch(t -> accounts.authenticate(t).isPresent());
    assertThat(accounts.authenticate(named.token())).isPresent();
  }

  @Test
  void a_token_ends_when_it_expires_even_if_it_is_remembered() {
    var issued =
        test.database().inTx(tx -> accounts.issue(tx, ada, "ci", clock.instant().plusSeconds(60)));
    assertThat(accounts.authenticate(issued.token())).isPresent();
    clock.turn(Duration.ofSeconds(60));
    assertThat(accounts.authenticate(issued.token())).isEmpty();
  }

  @Test
  void a_revoked_token_is_refused_at_once_here_and_by_its_owner_only() throws Exception {
    var other =
        accounts.createUser(new NewUser(ada.workspaceId(), "bob", null, Role.MEMBER, 1, Set.of()));
    var issued = test.database().inTx(tx -> accounts.issue(tx, ada, "ci", null));
    assertThat(accounts.authenticate(issued.token())).isPresent();
    assertThatThrownBy(() -> accounts.revoke(other, issued.id())).isInstanceOf(Problem.class);
    accounts.revoke(ada, issued.id());
    assertThat(accounts.authenticate(issued.token())).isEmpty();
    assertThat(audited("token_revoked")).isEqualTo(1);
  }

  @Test
  void another_node_sees_a_revocation_within_two_seconds() {
    var there = new Accounts(test.database(), new Audit(), clock);
    var issued = test.database().inTx(tx -> accounts.issue(tx, ada, "ci", null));
    assertThat(there.authenticate(issued.token())).isPresent();
    accounts.revoke(ada, issued.id());
    await()
        .atMost(Duration.ofMillis(2_500))
        .until(() -> there.authenticate(issued.token()).isEmpty());
  }

  @Test
  void use_of_a_token_is_noted_once_a_minute() {
    var issued = test.database().inTx(tx -> accounts.issue(tx, ada, "ci", null));
    var seen = new HashSet<String>();
    for (int i = 0; i < 3; i++) {
      accounts.authenticate(issued.token());
      seen.add(
          test.database()
              .direct(tx ->
                  tx.handle()
                      .createQuery("select last_used_at::text from api_token")
                      .mapTo(String.class)
                      .one()));
    }
    assertThat(seen).hasSize(1).doesNotContainNull();
  }

  @Test
  void usernames_are_unique_whatever_their_case() {
    assertThatThrownBy(() ->
            accounts.createUser(
                new NewUser(ada.workspaceId(), "aDa", null, Role.VIEWER, 1, Set.of())))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("taken");
  }

  @Test
  void nothing_but_a_token_is_looked_up() {
    assertThat(accounts.authenticate("")).isEmpty();
    assertThat(accounts.authenticate("tw_" + "0".repeat(64))).isEmpty();
    assertThat(accounts.authenticate("tw_'; drop table account")).isEmpty();
  }

  private Problem refusal(String username, String password, String address) {
    return catchThrowableOfType(Problem.class, () -> accounts.signIn(username, password, address));
  }

  private int audited(String event) {
    return test.database()
        .direct(tx ->
            tx.handle()
                .createQuery("select count(*) from audit where event = :event")
                .bind("event", event)
                .mapTo(Integer.class)
                .one());
  }
}
