package dev.toolwright.delivery;

import dev.toolwright.config.Failpoint;
import dev.toolwright.database.Database;
import dev.toolwright.database.Portions;
import dev.toolwright.database.Tx;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressResponse;
import dev.toolwright.json.Ids;
import dev.toolwright.run.Run;
import dev.toolwright.run.RunListener;
import dev.toolwright.vault.SecretUnreadable;
import dev.toolwright.vault.Vault;
import dev.toolwright.webhook.WebhookMessage;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
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

  /// Deliveries that are sent at the same time, by this node and for one workspace. A workspace may
  /// get a group more than its share.
  private static final int PLACES = 64;

  static final int PER_WORKSPACE = 12;

  static final int GROUP = 4;
  private static final int MAX_RESPONSE = 64 << 10;
  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final Duration GIVE_UP_AFTER = Duration.ofHours(24);
  private static final int GONE = 410;
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);
  private static final Duration KEPT = Duration.ofDays(30);
  private static final int PORTION = 5_000;
  private static final Duration LONGEST_PAUSE = Duration.ofHours(2);

  /// What is told of a run.
  @FunctionalInterface
  public interface Body {
    JsonNode of(Run run, @Nullable JsonNode result, @Nullable JsonNode error);
  }

  private final Database database;
  private final Egress egress;
  private final Vault vault;
  private final Body body;
  private final InstantSource clock;
  private final DeliveryStore store = new DeliveryStore();
  private final Semaphore room = new Semaphore(PLACES);

  /// How many are being sent, by workspace.
  private final Map<String, Integer> sending = new ConcurrentHashMap<>();

  /// Released when a place becomes free.
  private final Semaphore freed = new Semaphore(0);

  private final Thread sender = Thread.ofVirtual().name("deliveries").unstarted(this::send);
  private volatile boolean closed;

  public Deliveries(Database database, Egress egress, Vault vault, Body body, InstantSource clock) {
    this.database = database;
    this.egress = egress;
    this.vault = vault;
    this.body = body;
    this.clock = clock;
  }

  /// Begins to send: what is due is looked for each second, and when a place becomes free.
  public void start() {
    sender.start();
  }

  @Override
  public void ended(Tx tx, List<Ended> runs) {
    for (var one : runs) {
      var webhook = one.data().webhook();
      if (webhook != null) {
        store.insert(
            tx,
            one.run().workspaceId(),
            Ids.next("msg"),
            one.run().id(),
            one.run().userId(),
            webhook.path("url").asString(""),
            webhook.path("secret_id").isString() ? webhook.path("secret_id").asString() : null,
            body.of(one.run(), one.result(), one.error()));
      }
    }
  }

  private void send() {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      while (!closed) {
        try {
          freed.tryAcquire(1, TimeUnit.SECONDS);
          freed.drainPermits();
          while (sendSome(threads)) {
            // As long as there is room and something due.
          }
        } catch (InterruptedException e) {
          break;
        } catch (RuntimeException e) {
          LOG.warn("Deliveries wait: {}", e.getClass().getSimpleName());
        }
      }
      threads.shutdownNow();
    }
  }

  /// Begins a few deliveries, each on its own thread. A receiver that hangs keeps one place, not
  /// the others; a workspace has a share of the places.
  ///
  /// @return whether to ask again at once
  private boolean sendSome(Executor threads) {
    var wanted = Math.min(GROUP, room.availablePermits());
    if (wanted == 0) {
      return false;
    }
    var due = database.inTx(tx -> store.claim(tx, wanted, busy()));
    for (var one : due) {
      // Only this thread takes places.
      room.acquireUninterruptibly();
      sending.merge(one.workspaceId(), 1, Integer::sum);
      threads.execute(() -> {
        try {
          deliver(one);
        } catch (RuntimeException e) {
          // Its claim runs out, and it is sent again.
          LOG.warn("A delivery waits: {}", e.getClass().getSimpleName());
        } finally {
          sending.computeIfPresent(one.workspaceId(), (_, count) -> count == 1 ? null : count - 1);
          room.release();
          freed.release();
        }
      });
    }
    return due.size() == wanted;
  }

  /// The workspaces that have their share of places already.
  private List<String> busy() {
    return sending.entrySet().stream()
        .filter(entry -> entry.getValue() >= PER_WORKSPACE)
        .map(Map.Entry::getKey)
        .toList();
  }

  private void deliver(DeliveryStore.Due due) {
    Failpoint.hit("outbox.beforeSend");
    var started = System.nanoTime();
    try {
      var response = egress.send(List.of(due.workspaceId()), request(due));
      var ok = response.status() >= 200 && response.status() < 300;
      var result =
          new DeliveryStore.Result(
              response.status(), ok ? null : "answered " + response.status(), since(started));
      if (ok) {
        database.useTx(tx -> store.sent(tx, due, "delivered", result, null));
      } else if (response.status() == GONE) {
        database.useTx(tx -> store.sent(tx, due, "given up", result, null));
      } else {
        tryAgain(due, result, retryAfter(response));
      }
    } catch (EgressException e) {
      tryAgain(due, new DeliveryStore.Result(null, e.getMessage(), since(started)), Duration.ZERO);
    } catch (SecretUnreadable e) {
      var why = "its signing secret cannot be read";
      tryAgain(due, new DeliveryStore.Result(null, why, since(started)), Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Duration since(long startedNanos) {
    return Duration.ofNanos(System.nanoTime() - startedNanos);
  }

  private static Duration retryAfter(EgressResponse response) {
    return response
        .header("retry-after")
        .filter(text -> text.matches("\\d{1,6}"))
        .map(text -> Duration.ofSeconds(Long.parseLong(text)))
        .orElse(Duration.ZERO);
  }

  /// @param asked how long the receiver wants to be left alone at least
  private void tryAgain(DeliveryStore.Due due, DeliveryStore.Result result, Duration asked) {
    var over = due.age().compareTo(GIVE_UP_AFTER) > 0;
    var pause = FIRST_PAUSE.multipliedBy(1L << Math.min(due.tries() - 1, 14));
    var next = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    var again = asked.compareTo(next) > 0 ? asked : next;
    database.useTx(
        tx -> store.sent(tx, due, over ? "given up" : "due", result, over ? null : again));
  }

  @Override
  public void forgotten(Tx tx, String workspaceId, JsonNode webhook) {
    if (webhook.path("secret_id").isString()) {
      var secretId = webhook.path("secret_id").asString();
      if (!store.signsWith(tx, workspaceId, secretId)) {
        vault.delete(tx, workspaceId, secretId);
      }
    }
  }

  /// Deletes deliveries that ended 30 days ago or earlier, in portions: for a chore. A secret goes
  /// with the last thing that could be signed with it. Returns how many.
  public int forgetOld() {
    var before = Ids.before("msg", clock.instant().minus(KEPT));
    return Portions.all(PORTION, () -> database.inTx(tx -> forgetSome(tx, before)));
  }

  private int forgetSome(Tx tx, String before) {
    var gone = store.forget(tx, before, PORTION);
    for (var one : gone) {
      var secretId = one.secretId();
      if (secretId != null
          && !store.signsWith(tx, one.workspaceId(), secretId)
          && !store.mayEndAgain(tx, one.workspaceId(), one.runId())) {
        vault.delete(tx, one.workspaceId(), secretId);
      }
    }
    return gone.size();
  }

  private EgressRequest request(DeliveryStore.Due due) {
    var secretId = due.secretId();
    var secret =
        secretId == null
            ? null
            : database.direct(tx -> vault.open(tx, due.workspaceId(), secretId));
    return new WebhookMessage(due.id(), due.body().getBytes(StandardCharsets.UTF_8), secret)
        .to(URI.create(due.url()), "POST", Map.of(), clock.instant(), TIMEOUT, MAX_RESPONSE);
  }

  @Override
  public void close() {
    closed = true;
    sender.interrupt();
  }
}
