package dev.toolwright.database;

import dev.toolwright.http.Problem;
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
      return work.apply(new Tx(handle));
    } catch (JdbiException e) {
      throw Database.translated(e);
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
