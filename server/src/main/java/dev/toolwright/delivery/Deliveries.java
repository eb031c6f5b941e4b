package dev.toolwright.delivery;

import dev.toolwright.config.Failpoint;
import dev.toolwright.database.Database;
import dev.toolwright.database.Notices;
import dev.toolwright.database.Tx;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.json.Ids;
import dev.toolwright.run.Run;
import dev.toolwright.run.RunData;
import dev.toolwright.run.RunListener;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.SecretUnreadable;
import dev.toolwright.vault.Vault;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// Tells a job's end to the webhook it named, as Standard Webhooks has it: stored with the end
/// itself, sent at least once, tried again with growing pauses for 24 hours.
public final class Deliveries implements RunListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);
  private static final String DUE = "deliveries-due";
  private static final int GROUP = 16;
  private static final int MAX_RESPONSE = 64 << 10;
  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final Duration GIVE_UP_AFTER = Duration.ofHours(24);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);
  private static final Duration LONGEST_PAUSE = Duration.ofHours(2);

  /// What is told of a run.
  @FunctionalInterface
  public interface Body {
    JsonNode of(Run run, @Nullable JsonNode result, @Nullable JsonNode error);
  }

  private final Database database;
  private final Notices notices;
  private final Egress egress;
  private final Vault vault;
  private final Body body;
  private final InstantSource clock;
  private final DeliveryStore store = new DeliveryStore();
  private final Semaphore hints = new Semaphore(0);
  private final Thread sender = Thread.ofVirtual().name("deliveries").unstarted(this::send);
  private volatile boolean closed;

  public Deliveries(
      Database database,
      Notices notices,
      Egress egress,
      Vault vault,
      Body body,
      InstantSource clock) {
    this.database = database;
    this.notices = notices;
    this.egress = egress;
    this.vault = vault;
    this.body = body;
    this.clock = clock;
  }

  /// Begins to send.
  public void start() {
    notices.subscribe(DUE, hints::release);
    sender.start();
  }

  @Override
  public void ended(
      Tx tx, Run run, RunData data, @Nullable JsonNode result, @Nullable JsonNode error) {
    var webhook = data.webhook();
    if (webhook == null) {
      return;
    }
    store.insert(
        tx,
        run.workspaceId(),
        Ids.next("msg"),
        run.id(),
        webhook.path("url").asString(""),
        webhook.path("secret_id").isString() ? webhook.path("secret_id").asString() : null,
        body.of(run, result, error));
    // The sender looks each second; a hint before the commit would only be too early.
    hints.release();
  }

  private void send() {
    while (!closed) {
      try {
        hints.tryAcquire(1, TimeUnit.SECONDS);
        hints.drainPermits();
        var due = database.inTx(tx -> store.claim(tx, GROUP));
        if (due.isEmpty()) {
          continue;
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
          due.forEach(one -> threads.execute(() -> deliver(one)));
        }
        hints.release();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        LOG.warn("Deliveries wait: {}", e.getClass().getSimpleName());
      }
    }
  }

  private void deliver(DeliveryStore.Due due) {
    Failpoint.hit("outbox.beforeSend");
    try {
      var response = egress.send(request(due));
      if (response.status() >= 200 && response.status() < 300) {
        database.useTx(tx -> store.sent(tx, due, "delivered", response.status(), null, null));
      } else {
        tryAgain(due, response.status(), "answered " + response.status());
      }
    } catch (EgressException e) {
      tryAgain(due, null, e.getMessage());
    } catch (SecretUnreadable e) {
      tryAgain(due, null, "its signing secret cannot be read");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tryAgain(DeliveryStore.Due due, @Nullable Integer status, @Nullable String why) {
    var over = due.age().compareTo(GIVE_UP_AFTER) > 0;
    var pause = FIRST_PAUSE.multipliedBy(1L << Math.min(due.attempt() - 1, 14));
    var next = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    database.useTx(
        tx -> store.sent(tx, due, over ? "given up" : "due", status, why, over ? null : next));
  }

  private EgressRequest request(DeliveryStore.Due due) {
    var headers = new LinkedHashMap<String, String>();
    headers.put("Content-Type", "application/json");
    var time = String.valueOf(clock.instant().getEpochSecond());
    headers.put("Webhook-Id", due.id());
    headers.put("Webhook-Timestamp", time);
    var secretId = due.secretId();
    if (secretId != null) {
      Secret secret = database.direct(tx -> vault.open(tx, due.workspaceId(), secretId));
      headers.put("Webhook-Signature", Signature.of(secret, due.id(), time, due.body()));
    }
    return new EgressRequest(
        "POST",
        URI.create(due.url()),
        headers,
        due.body().getBytes(StandardCharsets.UTF_8),
        TIMEOUT,
        MAX_RESPONSE);
  }

  @Override
  public void close() {
    closed = true;
    sender.interrupt();
  }
}
