package dev.toolwright;

import dev.toolwright.config.HomeDirectory;
import dev.toolwright.config.Setting;
import dev.toolwright.config.Settings;
import dev.toolwright.config.SettingsFault;
import dev.toolwright.database.Database;
import dev.toolwright.database.DatabaseAddress;
import dev.toolwright.database.DatabaseProbe;
import dev.toolwright.database.embedded.EmbeddedPostgres;
import dev.toolwright.database.embedded.EmbeddedSettings;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What every other part stands on: the home, held by this process alone, and the database, of our
/// own or somebody else's. A command beside a running server stands on that server's database.
final class Foundation implements AutoCloseable {
  private final Deque<Runnable> closing = new ArrayDeque<>();
  private final @Nullable HomeDirectory home;
  private final Database database;

  private Foundation(Settings settings, Optional<DatabaseAddress> running)
      throws InterruptedException {
    var opened = false;
    try {
      if (running.isPresent()) {
        home = null;
      } else {
        home = HomeDirectory.open(settings.home());
        closing.push(home::close);
      }
      var address = running.isPresent() ? running.get() : address(settings);
      database = Database.open(address, settings.databaseConnections());
      closing.push(database::close);
      opened = true;
    } finally {
      if (!opened) {
        close();
      }
    }
  }

  /// Opens all of it, or nothing.
  static Foundation open(Settings settings) throws InterruptedException {
    return new Foundation(settings, Optional.empty());
  }

  /// For a command that needs the database only: joins the server of this home if it runs.
  static Foundation beside(Settings settings) throws InterruptedException {
    if (settings.databaseAddress().isPresent()) {
      return new Foundation(settings, Optional.of(external(settings)));
    }
    return new Foundation(
        settings,
        HomeDirectory.isInUse(settings.home())
            ? EmbeddedPostgres.running(EmbeddedSettings.below(settings.home()))
            : Optional.empty());
  }

  HomeDirectory home() {
    return Objects.requireNonNull(home, "the home belongs to the server beside this");
  }

  Database database() {
    return database;
  }

  private DatabaseAddress address(Settings settings) throws InterruptedException {
    if (settings.databaseAddress().isPresent()) {
      return external(settings);
    }
    var usual = EmbeddedSettings.below(settings.home());
    var postgres = EmbeddedPostgres.start(settings.postgresHome().map(usual::with).orElse(usual));
    closing.push(postgres::close);
    return postgres.address();
  }

  private static DatabaseAddress external(Settings settings) {
    var address = settings.databaseAddress().orElseThrow();
    var probe = DatabaseProbe.of(address);
    if (!probe.reached()) {
      var source = settings.sources().get(Setting.DATABASE_URL);
      throw new SettingsFault(
          List.of("%s names the database %s, and %s".formatted(source, address, probe.detail())));
    }
    return address;
  }

  @Override
  public void close() {
    while (!closing.isEmpty()) {
      closing.pop().run();
    }
  }
}
