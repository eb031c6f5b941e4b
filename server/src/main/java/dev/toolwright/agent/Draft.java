package dev.toolwright.agent;

import dev.toolwright.json.Json;
import dev.toolwright.run.Journal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The text of a model's answer while it arrives, told to whoever follows the job at this moment:
/// ten times a second, each time what is new. Once closed it tells nothing more, whoever is late.
///
/// A follower that comes in the middle is told the text from its beginning if it is the first one;
/// what it misses otherwise shows in the offsets.
final class Draft implements Consumer<String>, AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(100);

  /// Of one piece, so that in its longest spelling it fits into a notice to other nodes.
  private static final int LONGEST = 800;

  private final Journal journal;
  private final int turn;

  /// All of the text; guarded by this, as is the rest.
  private final StringBuilder text = new StringBuilder();

  private int told;
  private long next = System.nanoTime();
  private boolean waiting;
  private boolean closed;

  Draft(Journal journal, int turn) {
    this.journal = journal;
    this.turn = turn;
  }

  @Override
  public synchronized void accept(String piece) {
    if (closed) {
      return;
    }
    text.append(piece);
    if (waiting || !journal.isFollowed()) {
      return;
    }
    var left = next - System.nanoTime();
    if (left <= 0) {
      tell();
    } else {
      waiting = true;
      Thread.ofVirtual().name("draft").start(() -> tellAfter(left));
    }
  }

  private void tellAfter(long nanoseconds) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanoseconds);
    } catch (InterruptedException e) {
      return;
    }
    synchronized (this) {
      waiting = false;
      if (!closed) {
        tell();
      }
    }
  }

  private void tell() {
    while (told < text.length()) {
      var end = Math.min(text.length(), told + LONGEST);
      if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
        end--;
      }
      journal.tell(
          "delta",
          Json.object()
              .put("step", turn)
              .put("offset", told)
              .put("text", text.substring(told, end)));
      told = end;
    }
    next = System.nanoTime() + PAUSE.toNanos();
  }

  /// Tells the rest: the answer, if it became one, is stored only after this.
  @Override
  public synchronized void close() {
    closed = true;
    if (journal.isFollowed()) {
      tell();
    }
  }
}
