package dev.toolwright.run;

import dev.toolwright.database.Notices;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// What programs say while they are at it, for whoever follows their run at this very moment, on
/// this node or another. Nothing of it is stored, and any of it may be lost: what counts is in the
/// run's stored events.
///
/// To other nodes it goes by notices, and only while one of them asks for it, as it does each
/// second: a run that nobody follows elsewhere costs nothing.
final class Live {
  private static final long ASKED_FOR = Duration.ofSeconds(5).toNanos();

  private final Notices notices;

  /// Of the runs that this node works on.
  private final Map<String, Speaker> speakers = new ConcurrentHashMap<>();

  Live(Notices notices) {
    this.notices = notices;
  }

  private static String said(String runId) {
    return "said/" + runId;
  }

  private static String asked(String runId) {
    return "asked/" + runId;
  }

  /// The part of whoever works on the run, until it closes it.
  Speaker speaker(String runId) {
    var speaker = new Speaker(runId);
    speakers.put(runId, speaker);
    return speaker;
  }

  /// The part of whoever follows the run. `reader` must be quick and must not throw.
  Notices.Subscription follow(String runId, Consumer<RunEvent> reader) {
    return notices.listen(
        said(runId),
        text -> {
          try {
            var event = Json.parse(text);
            reader.accept(RunEvent.of(event.path("type").stringValue(""), event.path("data")));
          } catch (MalformedJson e) {
            // Of a node with another release.
          }
        });
  }

  /// Asks whichever node works on the run to speak up. To be repeated each second.
  void ask(String runId) {
    if (!speakers.containsKey(runId)) {
      notices.add(asked(runId));
    }
  }

  /// What one run says.
  final class Speaker implements AutoCloseable {
    private final String runId;
    private final Notices.Subscription asked;
    private volatile long lastAsked = System.nanoTime() - ASKED_FOR;

    private Speaker(String runId) {
      this.runId = runId;
      this.asked = notices.subscribe(asked(runId), () -> lastAsked = System.nanoTime());
    }

    private boolean isFollowedElsewhere() {
      return System.nanoTime() - lastAsked < ASKED_FOR;
    }

    boolean isFollowed() {
      return notices.isHeard(said(runId)) || isFollowedElsewhere();
    }

    void tell(String type, JsonNode data) {
      var text = Json.write(Json.object().put("type", type).set("data", data));
      notices.say(said(runId), text, isFollowedElsewhere());
    }

    @Override
    public void close() {
      asked.close();
      speakers.remove(runId, this);
    }
  }
}
