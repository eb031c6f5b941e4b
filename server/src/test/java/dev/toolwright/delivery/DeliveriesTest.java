package dev.toolwright.delivery;

import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressPolicy;
import dev.toolwright.egress.Resolver;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Vault;
import dev.toolwright.vault.VaultRefused;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Webhooks at the end of jobs, on the whole server.
@SuppressWarnings("NullAway.Init")
class DeliveriesTest {
  private static TestPlatform platform;
  private static Remote remote;
  private static String agent;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    remote = new Remote();
    agent = platform.agent(platform.ada);
  }

  @AfterAll
  static void close() {
    remote.close();
    platform.close();
  }

  private static String execute(String path, @Nullable String secret) {
    var body = Json.object().put("agent_id", agent).put("message", "SAY told");
    body.put("webhook_url", remote.url() + path);
    if (secret != null) {
      body.put("webhook_secret", secret);
    }
    return platform.execute(platform.ada, body);
  }

  private static void until(String job, String condition) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            platform.one(
                    "select count(*) from delivery where run_id = '%s' and %s"
                        .formatted(job.replace("job_", "run_"), condition),
                    Integer.class)
                == 1);
  }

  private static void due(String job, String more) {
    platform.sql(
        "update delivery set due_at = now()%s where run_id = '%s'"
            .formatted(more, job.replace("job_", "run_")));
  }

  @Test
  void a_jobs_end_is_delivered_signed_with_the_body_of_its_status() throws Exception {
    var path = "/" + name("hook");
    var secret =
        "whsec_"
            + Base64.getEncoder()
                .encodeToString("0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
    var job = execute(path, secret);
    until(job, "state = 'delivered' and last_status = 200");
    assertThat(remote.requests(path)).hasSize(1);
    var request = remote.requests(path).getFirst();
    var id = Objects.requireNonNull(request.header("Webhook-id"));
    var time = Objects.requireNonNull(request.header("Webhook-timestamp"));
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(
        new SecretKeySpec("0123456789abcdef".getBytes(StandardCharsets.US_ASCII), "HmacSHA256"));
    var sum =
        mac.doFinal((id + "." + time + "." + request.body()).getBytes(StandardCharsets.UTF_8));
    assertThat(request.header("Webhook-signature"))
        .isEqualTo("v1," + Base64.getEncoder().encodeToString(sum));
    assertThat(id).startsWith("msg_");
    var told = Json.stored(request.body());
    assertThat(told.path("job_id").asString()).isEqualTo(job);
    assertThat(told.path("status").asString()).isEqualTo("completed");
    assertThat(told.path("result")).isEqualTo(platform.status(platform.ada, job).path("result"));
    assertThat(
            platform.one(
                "select coalesce(webhook::text, '') from run_data where run_id = '"
                    + job.replace("job_", "run_")
                    + "'",
                String.class))
        .doesNotContain(secret);
  }

  @Test
  void a_delivery_without_a_secret_is_not_signed() {
    var path = "/" + name("plain");
    until(execute(path, null), "state = 'delivered'");
    assertThat(remote.requests(path).getFirst().header("Webhook-signature")).isNull();
    assertThat(remote.requests(path).getFirst().header("Webhook-id")).isNotNull();
  }

  @Test
  void a_receiver_that_fails_is_told_again_with_growing_pauses_under_the_same_id() {
    var path = "/" + name("fails");
    remote.at(path, (exchange, count) -> Remote.send(exchange, count <= 3 ? 500 : 204, ""));
    var job = execute(path, null);
    var earlier = 0.0;
    for (var attempt = 1; attempt <= 3; attempt++) {
      until(
          job,
          "attempt = "
              + attempt
              + " and last_status = 500 and due_at < now() + interval '50 seconds'");
      var pause =
          platform.one(
              "select extract(epoch from due_at - clock_timestamp()) from delivery where run_id = '"
                  + job.replace("job_", "run_")
                  + "'",
              Double.class);
      assertThat(pause).isGreaterThan(earlier);
      earlier = pause;
      platform.sql(
          "update delivery set last_status = null where run_id = '"
              + job.replace("job_", "run_")
              + "'");
      due(job, "");
    }
    until(job, "state = 'delivered' and attempt = 4");
    assertThat(remote.requests(path)).hasSize(4);
    assertThat(remote.requests(path).stream().map(r -> r.header("Webhook-id")).distinct())
        .hasSize(1);
  }

  @Test
  void a_delivery_that_a_dead_node_took_is_sent_by_another() {
    var path = "/" + name("lost");
    remote.at(path, (exchange, count) -> Remote.send(exchange, count == 1 ? 503 : 200, ""));
    var job = execute(path, null);
    until(job, "attempt = 1 and last_status = 503");
    due(job, ", attempt = 7, tries = 7");
    until(job, "state = 'delivered'");
  }

  @Test
  void after_a_day_it_is_given_up() {
    var path = "/" + name("never");
    remote.at(path, 500, "");
    var job = execute(path, null);
    until(job, "attempt = 1 and last_status = 500");
    due(job, ", since = now() - interval '25 hours'");
    until(job, "state = 'given up'");
    assertThat(remote.requests(path)).hasSize(2);
  }

  @Test
  void a_receiver_that_has_gone_for_good_is_left_alone() {
    var path = "/" + name("gone");
    remote.at(path, 410, "");
    var job = execute(path, null);
    until(job, "state = 'given up' and attempt = 1 and last_status = 410");
  }

  @Test
  void a_receiver_that_asks_for_a_pause_gets_it() {
    var path = "/" + name("busy");
    remote.at(
        path,
        (exchange, _) -> {
          exchange.getResponseHeaders().set("Retry-After", "3600");
          Remote.send(exchange, 429, "");
        });
    until(
        execute(path, null),
        "last_status = 429 and state = 'due' and due_at between now() + interval '59 minutes' and now() + interval '1 hour'");
  }

  @Test
  void a_redirect_is_a_failure_and_leads_nowhere() {
    var path = "/" + name("moved");
    var elsewhere = "/" + name("elsewhere");
    remote.at(
        path,
        (exchange, _) -> {
          exchange.getResponseHeaders().set("Location", remote.url() + elsewhere);
          Remote.send(exchange, 307, "");
        });
    until(execute(path, null), "last_status = 307 and state = 'due'");
    assertThat(remote.requests(elsewhere)).isEmpty();
  }

  @Test
  void a_receiver_inside_the_network_is_not_reached() {
    var body = Json.object().put("agent_id", agent).put("message", "SAY told");
    body.put("webhook_url", "http://169.254.169.254/hook");
    var job = platform.execute(platform.ada, body);
    until(job, "attempt = 1 and last_error is not null");
    for (var bad : new String[] {"ftp://example.com/", "http://u:p@example.com/", "nonsense"}) {
      platform.post(platform.ada, "/agents/execute", body.put("webhook_url", bad)).as(400);
    }
  }

  @Test
  void the_delivery_is_stored_with_the_end_or_not_at_all() {
    var path = "/" + name("together");
    platform.sql(
        """
        create or replace function refuse() returns trigger language plpgsql as $$ begin
          if new.url like '%/together%' and not exists (select from run where id = new.run_id and revived > 0)
          then raise exception 'not now'; end if; return new; end $$;
        create trigger refuse before insert on delivery for each row execute function refuse();
        """);
    var job = execute(path, null);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            platform.one(
                    "select count(*) from run where id = '%s' and revived = 1"
                        .formatted(job.replace("job_", "run_")),
                    Integer.class)
                == 1);
    assertThat(platform.status(platform.ada, job).path("status").asString()).isNotEqualTo("failed");
    until(job, "state = 'delivered'");
    assertThat(platform.status(platform.ada, job).path("status").asString()).isEqualTo("completed");
    assertThat(remote.requests(path)).hasSize(1);
    platform.sql("drop trigger refuse on delivery");
  }

  @Test
  void receivers_that_hang_hold_up_no_others_and_not_more_than_their_workspaces_share() {
    var path = "/" + name("hangs");
    remote.at(path, (_, _) -> remote.hang());
    var body = Json.object().put("message", "SAY told").put("webhook_url", remote.url() + path);
    body.put("agent_id", platform.agent(platform.eve));
    for (var i = 0; i < 20; i++) {
      platform.execute(platform.eve, body);
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> remote.requests(path).size() >= Deliveries.PER_WORKSPACE);
    var other = "/" + name("other");
    until(execute(other, null), "state = 'delivered'");
    assertThat(remote.requests(path)).hasSizeLessThan(Deliveries.PER_WORKSPACE + Deliveries.GROUP);
  }

  @Test
  void a_signing_secret_goes_with_the_last_thing_it_could_sign() throws Exception {
    var path = "/" + name("forget");
    var secrets = "select count(*) from secret";
    var before = platform.one(secrets, Integer.class);
    until(execute(path, "a-signing-secret"), "state = 'delivered'");
    assertThat(platform.one(secrets, Integer.class)).as("it can be re-sent").isEqualTo(before + 1);

    var failing = Json.object().put("agent_id", agent).put("message", "ERROR 400\nSAY never");
    failing.put("webhook_url", remote.url() + path).put("webhook_secret", "a-signing-secret");
    var failed = platform.execute(platform.ada, failing);
    until(failed, "state = 'delivered'");
    assertThat(platform.one(secrets, Integer.class)).isEqualTo(before + 2);

    var failedRun = failed.replace("job_", "run_");
    platform.sql("delete from delivery_attempt");
    platform.sql(
        "update delivery set id = 'msg_000000000001' || substr(id, 17) where url like '%"
            + path
            + "'");
    try (var egress = new Egress(EgressPolicy.publicOnly(), Resolver.system());
        var chore = chore(egress)) {
      chore.forgetOld();
      assertThat(platform.one(secrets, Integer.class))
          .as("it can be retried")
          .isEqualTo(before + 1);
      var webhook =
          platform.one(
              "select webhook::text from run_data where run_id = '" + failedRun + "'",
              String.class);
      platform
          .database
          .database()
          .useTx(
              tx -> chore.forgotten(tx, platform.ada.caller().workspaceId(), Json.stored(webhook)));
    }
    assertThat(platform.one(secrets, Integer.class)).isEqualTo(before);
  }

  private static Deliveries chore(Egress egress) throws VaultRefused {
    var database = platform.database.database();
    return new Deliveries(
        database,
        egress,
        Vault.open(platform.home(), database),
        (_, _, _) -> Json.object(),
        InstantSource.system());
  }

  @Test
  void deliveries_that_ended_long_ago_are_deleted() {
    platform.sql(
        """
        insert into delivery (workspace_id, id, run_id, url, body, state)
        select workspace_id, 'msg_000000000' || n || '0123456789abcd', 'run_old', '', '{}',
               case when n < 3 then 'given up' else 'due' end
        from (select workspace_id from account where username = 'ada') a, generate_series(0, 5) n
        """);
    platform.sql("update delivery set due_at = 'infinity' where run_id = 'run_old'");
    var store = new DeliveryStore();
    var before = Ids.before("msg", Instant.now().minus(Duration.ofDays(30)));
    var database = platform.database.database();
    assertThat(database.<List<DeliveryStore.Forgotten>>inTx(tx -> store.forget(tx, before, 2)))
        .hasSize(2);
    assertThat(database.<List<DeliveryStore.Forgotten>>inTx(tx -> store.forget(tx, before, 2)))
        .hasSize(1);
    assertThat(database.<List<DeliveryStore.Forgotten>>inTx(tx -> store.forget(tx, before, 2)))
        .isEmpty();
    assertThat(
            platform.one("select count(*) from delivery where run_id = 'run_old'", Integer.class))
        .isEqualTo(3);
  }
}
