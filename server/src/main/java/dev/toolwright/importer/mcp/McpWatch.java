package dev.toolwright.importer.mcp;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Members;
import dev.toolwright.connection.Connections;
import dev.toolwright.connection.LoginRefused;
import dev.toolwright.connection.mcp.McpClient;
import dev.toolwright.connection.mcp.McpFailure;
import dev.toolwright.database.Database;
import dev.toolwright.http.Problem;
import dev.toolwright.importer.mcp.McpServerStore.Watched;
import dev.toolwright.json.Ids;
import dev.toolwright.vault.SecretUnreadable;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Listens to the servers that say when their tools change, to each on one node and in the name of
/// its owner: what is new is made a tool, what is described otherwise is noted until somebody
/// accepts it.
public final class McpWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(McpWatch.class);
  private static final Duration BEAT = Duration.ofSeconds(2);
  private static final int HELD_SECONDS = 10;
  private static final int MOST = 200;

  /// Changes come in bursts.
  private static final Duration SETTLE = Duration.ofMillis(500);

  /// Whatever a server says, it is not asked more often.
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(2);

  /// A stream is opened anew so often: one that is dead and does not look it ends.
  private static final Duration LONGEST = Duration.ofHours(1);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

  /// Between attempts with a server that fails, or that does not tell of changes.
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(15);

  private final Database database;
  private final Members members;
  private final Connections connections;
  private final McpServers servers;
  private final McpClient client;
  private final McpServerStore store = new McpServerStore();
  private final String holder = Ids.random(12);
  private final Map<Watched, Thread> watching = new HashMap<>();
  private final Thread thread;

  public McpWatch(
      Database database,
      Members members,
      Connections connections,
      McpServers servers,
      McpClient client) {
    this.database = database;
    this.members = members;
    this.connections = connections;
    this.servers = servers;
    this.client = client;
    this.thread = Thread.ofVirtual().name("mcp-watch").start(this::repeat);
  }

  private void repeat() {
    try {
      while (true) {
        TimeUnit.NANOSECONDS.sleep(BEAT.toNanos());
        try {
          follow(Set.copyOf(database.inTx(tx -> store.hold(tx, holder, HELD_SECONDS, MOST))));
        } catch (RuntimeException e) {
          LOG.debug("MCP servers are listened to again later", e);
          follow(Set.of());
        }
      }
    } catch (InterruptedException e) {
      follow(Set.of());
    }
  }

  private void follow(Set<Watched> held) {
    watching
        .entrySet()
        .removeIf(one -> {
          var ends = !held.contains(one.getKey());
          if (ends) {
            one.getValue().interrupt();
          }
          return ends;
        });
    for (var one : held) {
      watching.computeIfAbsent(
          one, _ -> Thread.ofVirtual().name("mcp-watch").start(() -> watch(one)));
    }
  }

  /// Looks when the server, on a stream that another thread reads, has said that it changed.
  private void watch(Watched one) {
    var hints = new Semaphore(0);
    var listener = Thread.ofVirtual().name("mcp-listen").start(() -> listen(one, hints));
    try {
      while (true) {
        hints.acquire();
        TimeUnit.NANOSECONDS.sleep(SETTLE.toNanos());
        hints.drainPermits();
        look(one);
        TimeUnit.NANOSECONDS.sleep(BETWEEN_LOOKS.toNanos());
      }
    } catch (InterruptedException e) {
      // Another node's, gone, or closing.
    } finally {
      listener.interrupt();
    }
  }

  private void look(Watched one) throws InterruptedException {
    try {
      var owner = owner(one);
      if (owner.isPresent()) {
        servers.follow(owner.get(), one.connectionId());
      }
    } catch (RuntimeException e) {
      LOG.debug("The tools of {} are looked at again later", one.connectionId(), e);
    }
  }

  private Optional<Caller> owner(Watched one) {
    return members.find(one.workspaceId(), one.ownerId(), "agents");
  }

  private void listen(Watched one, Semaphore hints) {
    var pause = FIRST_PAUSE;
    try {
      while (true) {
        var began = System.nanoTime();
        var tells = tells(one, hints);
        var lasted = Duration.ofNanos(System.nanoTime() - began);
        // A stream that lasted was a good one, however it ended.
        pause = tells && lasted.compareTo(pause) > 0 ? FIRST_PAUSE : longer(pause, tells);
        TimeUnit.NANOSECONDS.sleep(pause.toNanos());
      }
    } catch (InterruptedException e) {
      // As above.
    }
  }

  private static Duration longer(Duration pause, boolean tells) {
    var doubled = pause.multipliedBy(2);
    return !tells || doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
  }

  /// Listens until the stream ends.
  ///
  /// @return false: this server does not tell of changes
  private boolean tells(Watched one, Semaphore hints) throws InterruptedException {
    try {
      var connection =
          connections.usableBy(one.workspaceId(), one.ownerId(), one.connectionId()).orElse(null);
      if (connection == null || owner(one).isEmpty()) {
        return false;
      }
      var asker = new McpClient.Asker(connection, one.ownerId(), Set.of(one.workspaceId()));
      return client.listen(asker, hints::release, LONGEST);
    } catch (McpFailure | LoginRefused | SecretUnreadable | Problem e) {
      LOG.debug("{} is listened to again later", one.connectionId(), e);
      return true;
    } catch (RuntimeException e) {
      LOG.warn("{} is listened to again later", one.connectionId(), e);
      return true;
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(2));
      database.useTx(tx -> store.release(tx, holder));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.debug("Other nodes notice when the time is over", e);
    }
  }
}
