package dev.toolwright.model;

import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// A conversation under test, with one tool `add(a, b)`.
final class Conversation {
  static final ToolSpec ADD =
      new ToolSpec(
          "add",
          "Adds two numbers",
          (tools.jackson.databind.node.ObjectNode)
              Json.stored(
                  """
                  {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
                   "required":["a","b"],"properties":{"a":{"type":"number"},"b":{"type":"number"}}}
                  """));

  private final ChatModel model;
  private final List<ChatMessage> messages = new ArrayList<>();
  private final Queue<String> heard = new ConcurrentLinkedQueue<>();
  private List<ToolSpec> tools = List.of(ADD);

  Conversation(ChatModel model) {
    this.model = model;
  }

  Conversation tools(ToolSpec... offered) {
    tools = List.of(offered);
    return this;
  }

  Conversation user(String text) {
    messages.add(new ChatMessage.User(text));
    return this;
  }

  /// Answers every tool use of the model's last message.
  Conversation answer(String... contents) {
    var last = (ChatMessage.Assistant) messages.getLast();
    for (var i = 0; i < contents.length; i++) {
      var use = last.toolUses().get(i);
      messages.add(new ChatMessage.ToolAnswer(use.id(), use.name(), contents[i], false));
    }
    return this;
  }

  ChatReply reply() throws InterruptedException {
    heard.clear();
    var reply = model.reply(request(0.7, Duration.ofSeconds(10)), heard::add);
    if (reply instanceof ChatReply.Answered answered) {
      messages.add(new ChatMessage.Assistant(answered.text(), answered.toolUses()));
    }
    return reply;
  }

  /// What was heard of the last reply while it came.
  String heard() {
    return String.join("", heard);
  }

  ChatReply.Answered answered() throws InterruptedException {
    return (ChatReply.Answered) reply();
  }

  ChatRequest request(double temperature, Duration timeout) {
    return new ChatRequest(
        "gpt-4o", "You add numbers.", messages, tools, temperature, timeout, timeout, "run_1/2");
  }
}
