package dev.toolwright.worker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/// What the code of one call asks the server, and the answers. The limits are the server's: it ends
/// a worker that passes them.
final class Questions {
  private static final int MOST = 150;
  private static final int MOST_REQUESTS = 50;

  /// What a question begins with that only tells something.
  private static final String TELLS = "{\"progress\":";

  private static final int LONGEST = 1 << 20;

  private final Frames frames;
  private final long call;
  private final LinkedBlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
  private int asked;
  private int requests;
  private int open;

  Questions(Frames frames, long call) {
    this.frames = frames;
    this.call = call;
  }

  /// @param id what the code knows its question by; empty: there will be no answer any more
  /// @param head JSON
  record Answer(String id, String head, String body) {}

  /// Asks something; what must not be asked is answered here.
  void ask(String id, String question) throws IOException {
    open++;
    asked++;
    if (!question.startsWith(TELLS)) {
      requests++;
    }
    if (asked > MOST || requests > MOST_REQUESTS) {
      refuse(id, "A call may make at most " + MOST_REQUESTS + " requests.");
    } else if (question.length() > LONGEST
        || question.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
      asked--;
      requests--;
      refuse(id, "A request may have at most " + LONGEST + " bytes of JSON.");
    } else {
      frames.say('Q', call, List.of(id, question));
    }
  }

  private void refuse(String id, String why) {
    answered(id, "{\"error\":\"" + why + "\"}", "");
  }

  boolean areOpen() {
    return open > 0;
  }

  /// Waits for an answer, to any of the open questions; null when nobody waits for them any more.
  @Nullable Answer next() {
    try {
      var answer = answers.take();
      open--;
      return answer.id().isEmpty() ? null : answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  void answered(String id, String head, String body) {
    answers.add(new Answer(id, head, body));
  }

  /// Nobody waits for the answers any more.
  void giveUp() {
    answered("", "", "");
  }
}
