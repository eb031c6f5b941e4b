package dev.toolwright.run;

import java.time.Duration;

/// Decides which node works on which run. The one implementation here shares runs by PostgreSQL;
/// another could let an existing engine drive them, with the journal unchanged.
public interface Dispatcher extends AutoCloseable {
  /// Begins to claim and work.
  void start();

  /// Whether this node may still act: its beat is fresh.
  boolean isAlive();

  /// Takes no more runs, lets steps in flight finish for at most `grace`, then gives the rest back.
  void drain(Duration grace);

  @Override
  void close();
}
