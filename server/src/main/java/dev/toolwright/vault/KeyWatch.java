package dev.toolwright.vault;

import dev.toolwright.database.Database;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks each second whether a rotation brought a key, and says which keys this server holds: a
/// rotation goes on when all running servers hold the new one.
public final class KeyWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyWatch.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final Database database;
  private final Vault vault;
  private final String nodeId;
  private final Thread thread;

  public KeyWatch(Database database, Vault vault, String nodeId) {
    this.database = database;
    this.vault = vault;
    this.nodeId = nodeId;
    this.thread = Thread.ofVirtual().name("vault-keys").start(this::watch);
  }

  private void watch() {
    try {
      while (true) {
        try {
          database.direct(tx -> vault.attend(tx, nodeId));
        } catch (RuntimeException e) {
          LOG.debug("The keys are looked at again later", e);
        }
        TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
      }
    } catch (InterruptedException e) {
      // Closing.
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
      database.useTx(tx -> vault.leave(tx, nodeId));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.debug("Rotations notice within seconds that this server has gone", e);
    }
  }
}
