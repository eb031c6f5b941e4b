package dev.toolwright.tool;

import dev.toolwright.run.Callbacks;
import java.time.Duration;

/// Lets a call in a run wait for an answer from outside.
@FunctionalInterface
public interface Waiting {
  /// Opens the wait, before anything is sent that could be answered. Each attempt of the same call
  /// gets the same address.
  Callbacks.Opened callback(Duration time);
}
