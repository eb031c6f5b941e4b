import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/// Callers that each do the same thing again and again, the next time when the last has been answered.
final class Load {
  private static final int MOST = 4_000_000;

  private Load() {}

  /// Something that is done again and again on one connection.
  record Caller(Act act, AutoCloseable connection) implements AutoCloseable {
    @Override
    public void close() throws Exception {
      connection.close();
    }
  }

  interface Act {
    void call() throws Exception;
  }

  /// What some seconds of it gave, in milliseconds.
  ///
  /// @param micros of processor time that a call took, by who took it
  /// @param commits of the database that a call took
  record Figure(double p50, double p99, double perSecond, Map<Usage.Part, Double> micros, double commits) {}

  static Figure measure(Callable<Caller> callers, int count, double seconds, Usage usage) throws Exception {
    var ready = new CountDownLatch(count);
    var go = new CountDownLatch(1);
    try (var threads = Executors.newFixedThreadPool(count)) {
      var taken = new ArrayList<Future<long[]>>();
      for (var i = 0; i < count; i++) {
        taken.add(threads.submit(() -> work(callers, seconds, ready, go)));
      }
      ready.await();
      var before = usage.now();
      var began = System.nanoTime();
      go.countDown();
      var all = new ArrayList<long[]>();
      for (var one : taken) {
        all.add(one.get());
      }
      var elapsed = System.nanoTime() - began;
      var after = usage.now();
      var sorted = all.stream().flatMapToLong(Arrays::stream).sorted().toArray();
      return new Figure(
          sorted[sorted.length / 2] / 1e6,
          sorted[(int) (sorted.length * 0.99)] / 1e6,
          sorted.length * 1e9 / elapsed,
          after.micros(before, sorted.length),
          (double) (after.commits() - before.commits()) / sorted.length);
    }
  }

  private static long[] work(Callable<Caller> callers, double seconds, CountDownLatch ready, CountDownLatch go)
      throws Exception {
    var taken = new long[1024];
    var count = 0;
    try (var caller = opened(callers, ready)) {
      go.await();
      var now = System.nanoTime();
      var end = now + (long) (seconds * 1e9);
      do {
        caller.act().call();
        var then = now;
        now = System.nanoTime();
        if (count == taken.length) {
          taken = Arrays.copyOf(taken, Math.min(MOST, 2 * count));
        }
        taken[count++] = now - then;
      } while (now < end && count < MOST);
    }
    return Arrays.copyOf(taken, count);
  }

  /// A first call opens what a connection opens lazily. Whoever fails lets the others begin, so that all end.
  private static Caller opened(Callable<Caller> callers, CountDownLatch ready) throws Exception {
    try {
      var caller = callers.call();
      caller.act().call();
      return caller;
    } finally {
      ready.countDown();
    }
  }

  /// Of several windows the one in the middle, each figure for itself.
  static Figure median(List<Figure> windows) {
    var micros = new EnumMap<Usage.Part, Double>(Usage.Part.class);
    for (var part : Usage.Part.values()) {
      micros.put(part, middle(windows, figure -> figure.micros().getOrDefault(part, 0.0)));
    }
    return new Figure(
        middle(windows, Figure::p50),
        middle(windows, Figure::p99),
        middle(windows, Figure::perSecond),
        micros,
        middle(windows, Figure::commits));
  }

  private static double middle(List<Figure> windows, Function<Figure, Double> figure) {
    return windows.stream().map(figure).sorted().toList().get(windows.size() / 2);
  }
}
