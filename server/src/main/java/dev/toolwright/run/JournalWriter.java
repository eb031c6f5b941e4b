package dev.toolwright.run;

import dev.toolwright.database.Tx;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes what a run does under the fence of its claim.
interface JournalWriter {
  void store(
      List<Step> steps,
      List<RunEvent> events,
      @Nullable String current,
      List<Attachment> attachments);

  /// Takes back the intent of a step that was never begun.
  void forget(String key);

  /// Opens a wait, or finds it open; gives the time it has left, null when it waits for ever.
  @Nullable Duration open(Wait wait, byte @Nullable [] tokenHash);

  /// The same as part of somebody's transaction.
  @Nullable Duration open(Tx tx, Wait wait, byte @Nullable [] tokenHash);

  Waited waited(String key);

  /// Ends a wait that nobody will look at any more.
  void close(String key);
}
