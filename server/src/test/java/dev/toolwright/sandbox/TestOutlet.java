package dev.toolwright.sandbox;

import dev.toolwright.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;

/// A way out that leads to the test: it keeps every question and answers as it is told.
final class TestOutlet implements Outlet {
  final List<JsonNode> questions = new CopyOnWriteArrayList<>();
  final List<String> raw = new CopyOnWriteArrayList<>();
  final AtomicInteger beginnings = new AtomicInteger();
  private final Reply reply;
  private final boolean mayBeginAgain;

  /// Answers a question.
  interface Reply {
    /// @param number which question it is, from 1
    Answer to(int number, Duration left) throws InterruptedException;
  }

  TestOutlet(Reply reply, boolean mayBeginAgain) {
    this.reply = reply;
    this.mayBeginAgain = mayBeginAgain;
  }

  /// Answers 200 with this body.
  static TestOutlet of(IntFunction<byte[]> body) {
    return new TestOutlet((number, _) -> answer(body.apply(number)), true);
  }

  static Answer answer(byte[] body) {
    var head = Json.object().put("status", 200).put("encoding", "utf-8");
    head.putObject("headers").put("x-mark", "m");
    return new Answer(head, body, StandardCharsets.UTF_8);
  }

  static Answer error(String kind, String message) {
    var head = Json.object().put("kind", kind).put("error", message);
    return new Answer(head, new byte[0], StandardCharsets.UTF_8);
  }

  @Override
  public synchronized Task take(byte[] question) {
    raw.add(new String(question, StandardCharsets.UTF_8));
    questions.add(stored());
    var number = questions.size();
    return left -> reply.to(number, left);
  }

  private JsonNode stored() {
    try {
      return Json.stored(raw.getLast());
    } catch (RuntimeException e) {
      return Json.object(); // what no program of ours would ask
    }
  }

  @Override
  public boolean mayBeginAgain() {
    beginnings.incrementAndGet();
    return mayBeginAgain;
  }
}
