package dev.toolwright.tool;

import dev.toolwright.json.Json;
import dev.toolwright.run.Callbacks;
import dev.toolwright.run.Children;
import dev.toolwright.run.Journal;
import java.time.Duration;

/// The waits of one step of a run.
record StepWaiting(
    Callbacks callbacks, Children children, Journal journal, String step, String toolName)
    implements Waiting {
  @Override
  public Callbacks.Opened callback(Duration time) {
    var question = Json.object().put("step", step).put("tool", toolName);
    return callbacks.open(journal, step, time, question);
  }

  @Override
  public Children.Begun child(Children.Start start) {
    return children.begin(journal, step, start);
  }

  @Override
  public Duration remaining() {
    return journal.remaining();
  }
}
