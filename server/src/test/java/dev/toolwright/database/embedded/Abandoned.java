package dev.toolwright.database.embedded;

import java.nio.file.Path;
import java.util.Map;

/// A process that starts PostgreSQL, says so and then waits to be killed.
final class Abandoned {
  private Abandoned() {}

  static void main(String[] arguments) throws InterruptedException {
    var settings =
        new EmbeddedSettings(
            Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2]), Map.of());
    var server = EmbeddedPostgres.start(settings);
    System.out.println(server.address().jdbcUrl());
    Thread.currentThread().join();
  }
}
