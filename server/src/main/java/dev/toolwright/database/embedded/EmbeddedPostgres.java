package dev.toolwright.database.embedded;

import dev.toolwright.database.DatabaseAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A PostgreSQL server of our own: on loopback, behind passwords, durable. It outlives a killed
/// server process; the next start takes it over, after making sure that it is ours. One that stops
/// by itself is started again.
public final class EmbeddedPostgres implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
  private static final Duration RECOVERY = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final int ATTEMPTS = 10;

  private final Cluster cluster;
  private final State state;
  private final Identity identity;
  private final boolean adopted;
  private final EmbeddedSettings settings;
  private final int port;
  private final AtomicBoolean closed = new AtomicBoolean();

  /// Held while the server is started or stopped.
  private final ReentrantLock changing = new ReentrantLock();

  private final Thread watch = Thread.ofVirtual().name("embedded-postgres").unstarted(this::watch);

  private EmbeddedPostgres(
      Cluster cluster,
      State state,
      Identity identity,
      boolean adopted,
      EmbeddedSettings settings,
      int port) {
    this.cluster = cluster;
    this.state = state;
    this.identity = identity;
    this.adopted = adopted;
    this.settings = settings;
    this.port = port;
  }

  /// Starts the server in `settings`, creating what is missing, or adopts the one that a killed
  /// process left running. Returns when it accepts connections.
  ///
  /// @throws EmbeddedPostgresException with a sentence for the operator when that is impossible or
  ///   another process uses the same home
  public static EmbeddedPostgres start(EmbeddedSettings settings) throws InterruptedException {
    try {
      var state = State.open(settings.home());
      var opened = false;
      try {
        var server = open(settings, state);
        opened = true;
        server.watch.start();
        return server;
      } finally {
        if (!opened) {
          state.close();
        }
      }
    } catch (IOException e) {
      throw new EmbeddedPostgresException(
          "The private PostgreSQL cannot use its files: " + e.getMessage(), e);
    }
  }

  /// The application's database on the server that runs in `settings` now, whoever started it;
  /// empty when none is ready.
  public static Optional<DatabaseAddress> running(EmbeddedSettings settings) {
    try {
      var file = PostmasterFile.read(settings.data());
      var password = settings.home().resolve(State.APPLICATION_PASSWORD);
      if (file.isEmpty()
          || !file.get().serves(settings.data())
          || !file.get().ready()
          || !Files.isReadable(password)) {
        return Optional.empty();
      }
      return Optional.of(
          Identity.application(file.get().port(), Files.readString(password).strip()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// Whether programs for this machine are bundled.
  public static boolean bundled() {
    return Binaries.archive() != null;
  }

  /// The application's database, as its owner, who is no superuser.
  public DatabaseAddress address() {
    return identity.address();
  }

  /// The same server as its superuser, for tests and repairs.
  public DatabaseAddress superuser() {
    return identity.superuser();
  }

  /// Whether the server was found running rather than started.
  public boolean adopted() {
    return adopted;
  }

  /// Stops the server: ends all sessions, writes everything out and waits for the end.
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    watch.interrupt();
    changing.lock();
    try (state) {
      var result = cluster.stop();
      if (!result.succeeded()) {
        LOG.warn("The private PostgreSQL did not stop: {}", result.output());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      changing.unlock();
    }
  }

  private void watch() {
    while (!closed.get()) {
      try {
        Thread.sleep(PAUSE);
        changing.lock();
        try {
          startAgain();
        } finally {
          changing.unlock();
        }
      } catch (IOException e) {
        LOG.error("The private PostgreSQL cannot use its files: {}", e.getMessage());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /// On the same port: everybody connects to that. What hinders it may pass.
  private void startAgain() throws IOException, InterruptedException {
    var file = PostmasterFile.read(cluster.data());
    if (closed.get() || (file.isPresent() && !file.get().isOver(cluster.data()))) {
      return;
    }
    LOG.warn("The private PostgreSQL has stopped by itself and is started again");
    forgetStranger(cluster);
    if (cluster.start(port, settings.parameters()).succeeded()) {
      LOG.info("The private PostgreSQL runs again");
    } else {
      LOG.error("The private PostgreSQL does not start again: {}", cluster.complaint());
    }
  }

  private static EmbeddedPostgres open(EmbeddedSettings settings, State state)
      throws IOException, InterruptedException {
    var cluster = Cluster.of(settings);
    if (cluster.exists()) {
      if (state.read(State.SUPERUSER_PASSWORD).isEmpty()) {
        throw new EmbeddedPostgresException(
            "There is a database in %s but not its password %s: restore that file, or move the database away"
                .formatted(settings.data(), state.file(State.SUPERUSER_PASSWORD)));
      }
    } else {
      var durable = !"off".equals(settings.parameters().get("fsync"));
      cluster.create(state.password(State.SUPERUSER_PASSWORD), durable);
      state.forget(State.CLUSTER_ID);
      state.forget(State.PREPARED);
    }
    cluster.check();
    var found = running(cluster);
    var port = found.isPresent() ? found.get().port() : launch(cluster, settings, state);
    var opened = false;
    try {
      var identity = Identity.verify(cluster, state, port);
      if (found.isPresent()) {
        LOG.info("Took over PostgreSQL process {}, which a killed server left", found.get().pid());
      }
      opened = true;
      return new EmbeddedPostgres(cluster, state, identity, found.isPresent(), settings, port);
    } finally {
      if (!opened && found.isEmpty()) {
        cluster.stop();
      }
    }
  }

  /// The live server on our data, once it is ready; empty when there is none.
  private static Optional<PostmasterFile> running(Cluster cluster)
      throws IOException, InterruptedException {
    var end = System.nanoTime() + RECOVERY.toNanos();
    while (true) {
      var file = PostmasterFile.read(cluster.data());
      if (file.isEmpty() || !file.get().serves(cluster.data())) {
        return Optional.empty();
      }
      if (file.get().ready()) {
        return file;
      }
      if (System.nanoTime() > end) {
        throw new EmbeddedPostgresException(
            "The private PostgreSQL (process %d) has been %s for a minute: look into %s"
                .formatted(
                    file.get().pid(),
                    file.get().status().isEmpty() ? "starting" : file.get().status(),
                    cluster.data().resolve("log")));
      }
      Thread.sleep(PAUSE.dividedBy(10));
    }
  }

  /// Starts the server on its remembered port, or on a free one when somebody else has that. What a
  /// dead server left (its lock file, children that still end) makes some starts fail: they are
  /// repeated.
  private static int launch(Cluster cluster, EmbeddedSettings settings, State state)
      throws IOException, InterruptedException {
    var complaint = "";
    for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
      var port = freePort(state);
      if (attempt > 0) {
        forgetStranger(cluster);
      }
      if (cluster.start(port, settings.parameters()).succeeded()) {
        state.write(State.PORT, Integer.toString(port));
        return port;
      }
      complaint = cluster.complaint();
      Thread.sleep(PAUSE);
    }
    throw new EmbeddedPostgresException(
        "The private PostgreSQL does not start: " + complaint + "see " + cluster.data());
  }

  /// Removes a dead server's lock file whose process id now belongs to another program; PostgreSQL
  /// itself cannot tell and would refuse for ever.
  private static void forgetStranger(Cluster cluster) throws IOException {
    var file = PostmasterFile.read(cluster.data());
    if (file.isPresent() && file.get().belongsToAnotherProgram(cluster.data())) {
      Files.deleteIfExists(cluster.data().resolve("postmaster.pid"));
    }
  }

  private static int freePort(State state) throws IOException {
    var remembered = state.read(State.PORT);
    if (remembered.isPresent()) {
      var port = bindable(Integer.parseInt(remembered.get()));
      if (port.isPresent()) {
        return port.get();
      }
    }
    return bindable(0).orElseThrow(() -> new IOException("no free port on 127.0.0.1"));
  }

  private static Optional<Integer> bindable(int port) {
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
      return Optional.of(socket.getLocalPort());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
