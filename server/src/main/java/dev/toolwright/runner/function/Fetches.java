package dev.toolwright.runner.function;

import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressRules;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.run.Effect;
import dev.toolwright.sandbox.Outlet;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;
import dev.toolwright.vault.SecretUnreadable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The requests that the code of one call makes: to the tool's own hosts only, through the egress,
/// with the tool's secrets, and with a count of what may have had an effect. Code and answers are
/// strangers' texts.
final class Fetches implements Outlet, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Fetches.class);

  private static final int MOST = 50;

  /// Requests of one call that are under way at once; further ones wait their turn.
  private static final int AT_ONCE = 6;

  /// How long a request that only the call's time bounds outlives the call: the call ends first, so
  /// its code never hears of that and cannot take it for an answer.
  private static final Duration BEYOND = Duration.ofMillis(300);

  private final Invocation call;
  private final Config.Network network;
  private final EgressRules hosts;
  private final Egress egress;
  private final CallSecrets secrets;
  private final Semaphore room = new Semaphore(AT_ONCE, true);

  /// Guarded by this, as all below.
  private final List<Sent> sent = new ArrayList<>();

  private int taken;
  private int effects;
  private boolean over;

  Fetches(Invocation call, Config.Network network, Egress egress, CallSecrets secrets) {
    this.call = call;
    this.network = network;
    this.hosts = EgressRules.onlyHosts(network.hosts());
    this.egress = egress;
    this.secrets = secrets;
  }

  /// A request that was not merely reading.
  private static final class Sent {
    private final String what;
    private final @Nullable String key;

    /// What became of it; null while nobody knows.
    private @Nullable String result;

    Sent(String what, @Nullable String key) {
      this.what = what;
      this.key = key;
    }
  }

  @Override
  public Task take(byte[] question) {
    try {
      var request = FetchRequest.read(question);
      var key = counted(request);
      return left -> sent(request, key, System.nanoTime() + left.plus(BEYOND).toNanos());
    } catch (FetchRefused e) {
      return refused(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.warn("A request of a tool was not understood: {}", e.getClass().getSimpleName());
      return refused("The request could not be made");
    }
  }

  private static Task refused(String why) {
    return _ -> error("refused", why);
  }

  /// The key of a request with an effect: the call's own, and which such request of the call it is,
  /// so that a call that is repeated sends the same keys.
  private synchronized @Nullable String counted(FetchRequest request) throws FetchRefused {
    if (++taken > MOST) {
      throw new FetchRefused("A call may make at most " + MOST + " requests");
    }
    return request.reads() || effect() == Effect.NONE
        ? null
        : call.idempotencyKey() + "/" + ++effects;
  }

  private Effect effect() {
    return call.tool().content().behavior().effect();
  }

  private Answer sent(FetchRequest request, @Nullable String key, long end)
      throws InterruptedException {
    if (!room.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
      return error("timeout", "The request could not begin within the time of the call");
    }
    try {
      var left = Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
      var filled = new FilledRequest(request, secrets.places(), secrets.values());
      var ready = filled.egress(key, left);
      requireHost(ready);
      return sent(ready, request.reads() ? null : begun(request, key));
    } catch (FetchRefused e) {
      return error("refused", secrets.places().unmarked(String.valueOf(e.getMessage())));
    } catch (SecretUnreadable e) {
      return error("refused", "A stored secret of the tool cannot be read; save it again");
    } catch (Problem e) {
      return error("refused", String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.warn("A request of a tool failed: {}", e.getClass().getSimpleName());
      return error("refused", "The request could not be made");
    } finally {
      room.release();
    }
  }

  private void requireHost(EgressRequest ready) throws FetchRefused {
    boolean admitted;
    try {
      admitted = hosts.mayAdmit(ready.uri());
    } catch (IllegalArgumentException e) {
      throw new FetchRefused(String.valueOf(e.getMessage()));
    }
    if (!admitted) {
      var uri = ready.uri();
      throw new FetchRefused(
          "%s://%s is not among the tool's allowed_hosts (%s)"
              .formatted(
                  uri.getScheme(), uri.getRawAuthority(), String.join(", ", network.hosts())));
    }
  }

  private synchronized Sent begun(FetchRequest request, @Nullable String key) throws FetchRefused {
    if (over) {
      throw new FetchRefused("The call is over");
    }
    var one = new Sent(request.shown(), key);
    sent.add(one);
    return one;
  }

  private Answer sent(EgressRequest ready, @Nullable Sent one) throws InterruptedException {
    try {
      var response = egress.send(call.workspaces(), hosts, ready);
      ended(one, "answered " + response.status());
      return secrets.answer(response);
    } catch (EgressException e) {
      if (!e.sent()) {
        forget(one);
      } else if (e.kind() == EgressException.Kind.TOO_LARGE) {
        ended(one, "answered too much");
      }
      return error(
          switch (e.kind()) {
            case TIMEOUT -> "timeout";
            case UNREACHABLE, BROKEN -> "connection";
            case DENIED, TOO_LARGE -> "refused";
          },
          String.valueOf(e.getMessage()));
    } catch (Problem e) {
      forget(one); // the workspace's rules could not be read, so nothing was sent
      throw e;
    }
  }

  private synchronized void ended(@Nullable Sent one, String result) {
    if (one != null) {
      one.result = result;
    }
  }

  private synchronized void forget(@Nullable Sent one) {
    sent.remove(one);
  }

  private static Answer error(String kind, String message) {
    var head = Json.object().put("kind", kind).put("error", message);
    return new Answer(head, new byte[0], StandardCharsets.UTF_8);
  }

  /// What only reads, or may be repeated under the same keys, begins anew; the rest only while
  /// nothing was sent.
  @Override
  public synchronized boolean mayBeginAgain() {
    taken = 0;
    effects = 0;
    return effect() != Effect.ONCE || sent.isEmpty();
  }

  /// That nobody knows what this call did, if so.
  ///
  /// @param finished the code came to its own end, knowing the answers it got; else any request
  ///   with an effect leaves the rest of what it should do undone
  synchronized Optional<Outcome> unknown(boolean finished) {
    var open = sent.stream().filter(one -> !finished || one.result == null).toList();
    if (effect() != Effect.ONCE || open.isEmpty()) {
      return Optional.empty();
    }
    var all = Json.array();
    for (var one : sent) {
      all.add(
          Json.object()
              .put("request", one.what)
              .put("idempotency_key", one.key)
              .put("result", one.result == null ? "no answer" : one.result));
    }
    var shown = Json.object().set("requests", all);
    shown.set("arguments", call.arguments());
    return Optional.of(
        new Outcome.Unknown(
            finished
                ? "The tool sent a request and no answer came: it may or may not have taken effect"
                : "The tool was stopped after it had sent requests with an effect",
            shown));
  }

  @Override
  public synchronized void close() {
    over = true;
  }
}
