package dev.toolwright.agent;

import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.run.Run;
import dev.toolwright.run.RunState;
import dev.toolwright.run.Wait;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A run as the API shows it: a job. Also the body of the webhook at its end.
public final class JobView {
  private JobView() {}

  /// The id under which a run is shown.
  public static String jobId(Run run) {
    return Ids.as("job", run.id());
  }

  public static ObjectNode of(
      Run run, @Nullable JsonNode result, @Nullable JsonNode error, List<Wait> waits, Instant now) {
    var view = Json.object();
    view.put("response", "200").put("job_id", jobId(run)).put("status", status(run, waits));
    view.put("created_at", time(run.createdAt()));
    view.put("started_at", time(run.startedAt()));
    view.put("completed_at", time(run.endedAt()));
    view.put("error_message", error == null ? null : error.path("message").asString(""));
    if (error != null) {
      view.set("error_type", error.path("type"));
    }
    view.put("elapsed_seconds", elapsed(run, now));
    view.putNull("estimated_remaining");
    view.put("attempt", run.attempt()).put("priority", run.priority().word());
    var progress = view.putObject("progress");
    progress.put("step", run.stepsDone()).putNull("steps").put("current", run.current());
    if (status(run, waits).equals(RunState.WAITING.shown())) {
      view.set("waiting", waiting(waits));
    }
    if (result != null) {
      view.set("result", finished(run, result));
    }
    return view;
  }

  /// The word for where a job is. One that waits for nothing but jobs of its own is at work, and so
  /// is one that waited when it was read and whose waits were over a moment later.
  public static String status(Run run, List<Wait> waits) {
    return run.state() == RunState.WAITING
            && waits.stream().allMatch(wait -> wait.reason().equals(Wait.CHILD))
        ? RunState.RUNNING.shown()
        : run.state().shown();
  }

  private static @Nullable Long elapsed(Run run, Instant now) {
    if (run.startedAt() == null) {
      return null;
    }
    var end = run.endedAt() == null ? now : run.endedAt();
    return Math.max(0, Duration.between(run.startedAt(), end).toSeconds());
  }

  private static JsonNode waiting(List<Wait> waits) {
    var list = Json.array();
    for (var wait : waits) {
      var one = list.addObject().put("step", wait.key()).put("reason", wait.reason());
      if (wait.due() != null) {
        one.put("seconds", Math.max(1, wait.due().toSeconds()));
      }
      if (wait.question() != null && wait.question().isObject()) {
        one.setAll((ObjectNode) wait.question().deepCopy());
      }
    }
    return list;
  }

  private static JsonNode finished(Run run, JsonNode result) {
    return result.isObject() && run.endedAt() != null
        ? ((ObjectNode) result.deepCopy()).put("completed_at", time(run.endedAt()))
        : result;
  }

  /// Whole seconds in UTC.
  public static @Nullable String time(@Nullable Instant at) {
    return at == null ? null : at.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
