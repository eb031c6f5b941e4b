package dev.toolwright.model;

import dev.toolwright.json.Json;
import dev.toolwright.json.SchemaExample;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The built-in model: it does what the last user message literally directs (`CALL`, `---`, `SAY`,
/// `FAIL`), so that tools, agents and workflows can be tried without a provider. How far it has
/// come follows from the conversation alone: asked twice, it answers the same.
final class Rehearsal implements ChatModel {
  private static final int QUOTED = 500;
  private static final int CHARACTERS_PER_TOKEN = 4;

  private final Cause cause;

  /// Why it is the rehearsal that answers.
  enum Cause {
    ASKED("This is the rehearsal model, which only follows literal directions."),
    NO_PROVIDER(
        "No model is configured (set OPENAI_API_KEY, ANTHROPIC_API_KEY, AZURE_OPENAI_API_KEY or"
            + " OLLAMA_BASE_URL), so the rehearsal model answers, which only follows literal"
            + " directions."),
    NO_PROVIDER_FOR_IT(
        "No provider is configured for this agent's model (give it another, or point"
            + " TOOLWRIGHT_MODEL_ALIASES to one), so the rehearsal model answers, which only"
            + " follows literal directions.");

    private final String sentence;

    Cause(String sentence) {
      this.sentence = sentence;
    }
  }

  Rehearsal(Cause cause) {
    this.cause = cause;
  }

  /// What it says comes in one piece.
  @Override
  public ChatReply reply(ChatRequest request, Consumer<String> heard) {
    var reply = reply(request);
    if (reply instanceof ChatReply.Answered answered && answered.text() != null) {
      heard.accept(answered.text());
    }
    return reply;
  }

  private ChatReply reply(ChatRequest request) {
    var scene = Scene.of(request.messages());
    var directions = Directions.in(scene.direction());
    if (directions == null) {
      return said(request, scene.turn() == 0 ? introduction(request) : closing(scene));
    }
    if (scene.turn() >= directions.turns().size()) {
      return said(request, closing(scene));
    }
    var placeholders = new Placeholders(scene.answers());
    return switch (directions.turns().get(scene.turn())) {
      case Directions.Turn.Calls(var calls) -> called(request, scene, calls, placeholders);
      case Directions.Turn.Say(var text) -> said(request, placeholders.inText(text));
      case Directions.Turn.Fail(var reason) ->
          new ChatReply.Rejected("The rehearsal was directed to fail: " + reason);
    };
  }

  /// The part of a conversation that directs: the last user message and what came after it.
  ///
  /// @param number how many user messages there were
  /// @param turn how many answers the model has given to the last one
  private record Scene(
      String direction, int number, int turn, List<ChatMessage.ToolAnswer> answers) {
    static Scene of(List<ChatMessage> messages) {
      var direction = "";
      var number = 0;
      var turn = 0;
      var answers = new ArrayList<ChatMessage.ToolAnswer>();
      for (var message : messages) {
        switch (message) {
          case ChatMessage.User(var text) -> {
            direction = text;
            number++;
            turn = 0;
            answers.clear();
          }
          case ChatMessage.Assistant _ -> turn++;
          case ChatMessage.ToolAnswer answer -> answers.add(answer);
        }
      }
      return new Scene(direction, number, turn, answers);
    }
  }

  private static ChatReply called(
      ChatRequest request, Scene scene, List<Directions.Call> calls, Placeholders placeholders) {
    var uses = new ArrayList<ToolUse>();
    for (var call : calls) {
      var id = "call_%d_%d_%d".formatted(scene.number(), scene.turn() + 1, uses.size() + 1);
      uses.add(new ToolUse(id, call.name(), placeholders.inJson(call.arguments())));
    }
    return answered(request, null, uses);
  }

  private static ChatReply said(ChatRequest request, String text) {
    return answered(request, text, List.of());
  }

  private static ChatReply answered(
      ChatRequest request, @Nullable String text, List<ToolUse> uses) {
    return new ChatReply.Answered(
        text, uses, usage(request, text, uses), false, Models.REHEARSAL, Models.REHEARSAL);
  }

  private static String closing(Scene scene) {
    if (scene.answers().isEmpty()) {
      return "This is a rehearsal, and its directions are done.";
    }
    var last = scene.answers().getLast();
    var text = last.content();
    return "This is a rehearsal, and its directions are done. The tool %s %s: %s"
        .formatted(
            last.name(),
            last.failed() ? "failed" : "answered",
            text.length() > QUOTED ? text.substring(0, QUOTED) + "…" : text);
  }

  private String introduction(ChatRequest request) {
    var why = cause.sentence;
    if (request.tools().isEmpty()) {
      return why + " There is no tool it could call; direct it with a line such as:\nSAY hello";
    }
    var names = request.tools().stream().map(ToolSpec::name).collect(Collectors.joining(", "));
    var first = request.tools().getFirst();
    var example = Json.write(SchemaExample.of(first.parametersSchema()));
    return "%s It can call: %s. Direct it with a line such as:\nCALL %s %s"
        .formatted(why, names, first.name(), example);
  }

  private static Usage usage(ChatRequest request, @Nullable String text, List<ToolUse> uses) {
    var asked = (long) request.instructions().length();
    for (var message : request.messages()) {
      asked +=
          switch (message) {
            case ChatMessage.User(var said) -> said.length();
            case ChatMessage.Assistant(var said, var toolUses) -> length(said, toolUses);
            case ChatMessage.ToolAnswer answer -> answer.content().length();
          };
    }
    for (var tool : request.tools()) {
      asked += tool.name().length() + tool.description().length();
    }
    var prompt = tokens(asked);
    var completion = tokens(length(text, uses));
    return new Usage(prompt, completion, prompt + completion);
  }

  private static long length(@Nullable String text, List<ToolUse> uses) {
    var length = text == null ? 0L : text.length();
    for (var use : uses) {
      length += use.name().length() + use.arguments().length();
    }
    return length;
  }

  private static int tokens(long characters) {
    return Math.toIntExact(Math.ceilDiv(characters, CHARACTERS_PER_TOKEN));
  }
}
