package dev.toolwright;

import dev.toolwright.config.Settings;
import java.net.URI;
import java.util.List;

/// A server that answers at `address` until it is closed.
interface RunningServer extends AutoCloseable {
  /// How `serve` gets its server: returns when the server answers.
  @FunctionalInterface
  interface Opener {
    RunningServer open(Settings settings) throws InterruptedException;
  }

  /// Such as `http://127.0.0.1:8080`, with the port that was really taken.
  URI address();

  /// Lines for whoever started it, after the first start; empty otherwise.
  List<String> greeting();

  /// Lets work in progress end, then stops everything.
  @Override
  void close();
}
