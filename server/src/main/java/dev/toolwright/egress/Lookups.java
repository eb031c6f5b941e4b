package dev.toolwright.egress;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Look-ups of names. One blocks in native code, cannot be stopped, and lasts as long as the name's
/// server pleases: it has a platform thread, a name has one look-up at a time however many wait for
/// it, and a domain has a share of the threads, so that names that never answer stop no others.
final class Lookups implements AutoCloseable {
  static final int PER_DOMAIN = 16;
  private static final int THREADS = 64;
  private static final int QUEUE = 256;
  private static final long IDLE_SECONDS = 30;

  private final Resolver resolver;
  private final ThreadPoolExecutor threads;

  /// By name; guarded by this.
  private final Map<String, Lookup> running = new HashMap<>();

  /// How many of them there are by domain; guarded by this.
  private final Map<String, Integer> domains = new HashMap<>();

  Lookups(Resolver resolver) {
    this.resolver = resolver;
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(QUEUE),
            Thread.ofPlatform().daemon().name("egress-lookup-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  private final class Lookup extends FutureTask<InetAddress[]> {
    private final String host;
    private int waiting;

    Lookup(String host) {
      super(() -> resolver.resolve(host));
      this.host = host;
    }

    @Override
    protected void done() {
      forget(this);
    }
  }

  /// @throws RejectedExecutionException when too many look-ups are under way, of this domain or in
  ///   all
  InetAddress[] resolve(String host) throws ExecutionException, InterruptedException {
    var lookup = join(host);
    try {
      return lookup.get();
    } finally {
      leave(lookup);
    }
  }

  private synchronized Lookup join(String host) {
    var lookup = running.get(host);
    if (lookup == null) {
      if (domains.getOrDefault(domain(host), 0) >= PER_DOMAIN) {
        throw new RejectedExecutionException();
      }
      lookup = new Lookup(host);
      threads.execute(lookup);
      running.put(host, lookup);
      domains.merge(domain(host), 1, Integer::sum);
    }
    lookup.waiting++;
    return lookup;
  }

  /// Nobody waits for it any more: one that has not begun never does.
  private synchronized void leave(Lookup lookup) {
    lookup.waiting--;
    if (lookup.waiting == 0 && threads.remove(lookup)) {
      lookup.cancel(false);
    }
  }

  private synchronized void forget(Lookup lookup) {
    if (running.remove(lookup.host, lookup)) {
      domains.computeIfPresent(domain(lookup.host), (_, count) -> count == 1 ? null : count - 1);
    }
  }

  /// The last two labels: whoever owns a name owns all below it.
  private static String domain(String host) {
    var last = host.lastIndexOf('.');
    var before = last < 0 ? -1 : host.lastIndexOf('.', last - 1);
    return host.substring(before + 1);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
