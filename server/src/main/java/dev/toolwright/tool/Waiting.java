package dev.toolwright.tool;

import dev.toolwright.run.Callbacks;
import dev.toolwright.run.Children;
import java.time.Duration;

/// Lets a call in a run wait.
public interface Waiting {
  /// Opens the wait for an answer from outside, before anything is sent that could be answered.
  /// Each attempt of the same call gets the same address.
  Callbacks.Opened callback(Duration time);

  /// Starts a run of its own that the call waits for; each attempt of the same call finds the same.
  ///
  /// @throws dev.toolwright.http.Problem when it may not be started
  Children.Begun child(Children.Start start);

  /// What the run has left.
  Duration remaining();
}
