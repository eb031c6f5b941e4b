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

/// What every other part stands on: the home, held by this process alone, and the database, of our
/// own or somebody else's.
final class Foundation implements AutoCloseable {
  private final Deque<Runnable> closing = new ArrayDeque<>();
  private final HomeDirectory home;
  private final Database database;

  private Foundation(Settings settings) throws InterruptedException {
    var opened = false;
    try {
      home = HomeDirectory.open(settings.home());
      closing.push(home::close);
      database = Database.open(address(settings), settings.databaseConnections());
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
    return new Foundation(settings);
  }

  HomeDirectory home() {
    return home;
  }

  Database database() {
    return database;
  }

  private DatabaseAddress address(Settings settings) throws InterruptedException {
    if (settings.databaseAddress().isPresent()) {
      var address = settings.databaseAddress().get();
      var probe = DatabaseProbe.of(address);
      if (!probe.reached()) {
        var source = settings.sources().get(Setting.DATABASE_URL);
        throw new SettingsFault(
            List.of("%s names the database %s, and %s".formatted(source, address, probe.detail())));
      }
      return address;
    }
    var usual = EmbeddedSettings.below(settings.home());
    var postgres = EmbeddedPostgres.start(settings.postgresHome().map(usual::with).orElse(usual));
    closing.push(postgres::close);
    return postgres.address();
  }

  @Override
  public void close() {
    while (!closing.isEmpty()) {
      closing.pop().run();
    }
  }
}
