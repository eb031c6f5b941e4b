package dev.toolwright.database;

import dev.toolwright.http.Problem;
import java.sql.SQLException;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;

/// A connection outside the pool, for one thread that holds it for ever and must not wait for
/// others. An answer that does not come in time breaks it.
public final class Line implements AutoCloseable {
  private final Handle handle;

  Line(Handle handle) {
    this.handle = handle;
  }

  /// Runs statements, each committed by itself.
  ///
  /// @throws Problem 503 when the line is broken; open another then
  public <T> T direct(Function<Tx, T> work) {
    try {
      return work.apply(Tx.direct(handle));
    } catch (JdbiException e) {
      throw Database.translated(e);
    }
  }

  /// Runs `work` in one transaction: all of it, or nothing.
  <T> T inTx(Function<Tx, T> work) {
    try {
      return Tx.in(handle, work);
    } catch (JdbiException e) {
      throw Database.translated(e);
    }
  }

  /// From now on statements are planned once, for rows that are found by an index. Without bitmaps,
  /// because only a plain scan of an index marks the entries of rows that are gone.
  public void planByKeys() {
    direct(tx ->
        tx.handle()
            .execute(
                """
                set plan_cache_mode = force_generic_plan; set enable_seqscan = off;
                set enable_hashjoin = off; set enable_mergejoin = off; set enable_bitmapscan = off
                """));
  }

  /// Whether it is still good for anything.
  boolean answers() {
    try {
      return handle.getConnection().isValid(2);
    } catch (SQLException _) {
      return false;
    }
  }

  @Override
  public void close() {
    try {
      handle.close();
    } catch (JdbiException _) {
      // It was broken already.
    }
  }
}
