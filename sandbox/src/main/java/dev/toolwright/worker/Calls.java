package dev.toolwright.worker;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.graalvm.polyglot.Context;
import org.jspecify.annotations.Nullable;

/// The calls of this worker: a fixed number of threads, each with a fresh context made ahead.
final class Calls {
  private final Guest guest;
  private final Frames frames;
  private final LinkedBlockingQueue<Call> waiting = new LinkedBlockingQueue<>();
  private final Map<Long, Call> calls = new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor clock =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("clock").daemon().factory());

  Calls(Guest guest, Frames frames, int threads) {
    this.guest = guest;
    this.frames = frames;
    clock.setRemoveOnCancelPolicy(true);
    for (var i = 0; i < threads; i++) {
      Thread.ofPlatform().name("call-" + i).daemon().start(this::work);
    }
  }

  /// A call from its arrival to its answer.
  private static final class Call {
    final Frames.Order order;
    final Questions questions;
    private @Nullable String reason;
    private @Nullable Context context;
    private boolean over;
    @Nullable Future<?> alarm;

    Call(Frames.Order order, Questions questions) {
      this.order = order;
      this.questions = questions;
    }

    /// Why it must not run on, if so.
    synchronized @Nullable String begin(Context with) {
      context = with;
      return reason;
    }

    synchronized @Nullable String end() {
      over = true;
      return reason;
    }

    /// Makes the guest stop. Code that does not listen is ended by the server with the process.
    void stop(String why) {
      Context running;
      synchronized (this) {
        if (over || reason != null) {
          return;
        }
        reason = why;
        running = context;
      }
      questions.giveUp();
      if (running != null) {
        Thread.ofPlatform().name("stop").daemon().start(() -> running.close(true));
      }
    }
  }

  void begin(Frames.Order order) {
    var call = new Call(order, new Questions(frames, order.number()));
    calls.put(order.number(), call);
    call.alarm = clock.schedule(() -> call.stop("TIMEOUT"), order.millis(), TimeUnit.MILLISECONDS);
    waiting.add(call);
  }

  /// Hands a call the answer to something it asked.
  void answer(Frames.Order order) {
    var call = calls.get(order.number());
    if (call != null) {
      call.questions.answered(order.text(0), order.text(1), order.text(2));
    }
  }

  void stop(long number) {
    var call = calls.get(number);
    if (call != null) {
      call.stop("CANCELLED");
    }
  }

  private void work() {
    try {
      while (true) {
        try (var fresh = guest.fresh()) {
          var call = waiting.take();
          var answer = answer(call, fresh);
          var alarm = call.alarm;
          if (alarm != null) {
            alarm.cancel(false);
          }
          calls.remove(call.order.number());
          frames.say('R', call.order.number(), answer);
        }
      }
    } catch (InterruptedException | IOException e) {
      Runtime.getRuntime().halt(0); // the server is gone
    } catch (Throwable e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private List<String> answer(Call call, Guest.Fresh fresh) throws IOException {
    var reason = call.begin(fresh.context());
    if (reason != null) {
      call.end();
      return List.of("", "s", reason);
    }
    var order = call.order;
    var result =
        order.letter() == 'P'
            ? new Check(fresh.context()).examine(order.text(0), order.text(1), order.text(0))
            : guest.run(fresh, order, call.questions);
    reason = call.end();
    var stopped = reason != null && result.getFirst().equals("s");
    var all = new ArrayList<String>();
    all.add(fresh.logs().text());
    all.addAll(stopped ? List.of("s", String.valueOf(reason)) : result);
    return all;
  }
}
