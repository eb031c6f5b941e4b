package dev.toolwright.agent;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Members;
import dev.toolwright.artifact.Artifact;
import dev.toolwright.database.Database;
import dev.toolwright.json.Json;
import dev.toolwright.model.ChatMessage;
import dev.toolwright.model.ChatRequest;
import dev.toolwright.model.Models;
import dev.toolwright.model.ToolSpec;
import dev.toolwright.model.ToolUse;
import dev.toolwright.model.Usage;
import dev.toolwright.run.Halt;
import dev.toolwright.run.Journal;
import dev.toolwright.run.Program;
import dev.toolwright.run.Step;
import dev.toolwright.tool.CallSteps;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.ToolCalls;
import dev.toolwright.tool.Tools;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// The agent's loop: ask the model, carry out the tool calls it wishes, tell it what came of them,
/// until it answers.
///
/// Journal keys: `turn/N/model` for the N-th answer of the model, `turn/N/call/I` for the I-th call
/// in it.
public final class AgentProgram implements Program {
  static final String NAME = "agent/1";
  private static final int MAX_CUT_OFF = 2;
  private static final String CUT_OFF =
      "Your last answer was cut off at the length limit, so none of its tool calls was carried out. Answer again, shorter.";

  private final Database database;
  private final Members members;
  private final Tools tools;
  private final ModelStep models;
  private final CallStep calls;
  private final ThreadStore threads = new ThreadStore();

  public AgentProgram(
      Database database,
      Members members,
      Tools tools,
      ToolCalls toolCalls,
      CallSteps callSteps,
      Models models) {
    this.database = database;
    this.members = members;
    this.tools = tools;
    this.models = new ModelStep(models);
    this.calls = new CallStep(toolCalls, callSteps);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Halt run(Journal journal) throws InterruptedException {
    var conversation = new Conversation(journal);
    try {
      return converse(journal, conversation);
    } catch (ModelStep.Waiting e) {
      return new Halt.Parked(List.of(e.reason()));
    } catch (ModelStep.Rejected e) {
      return new Halt.Failed("model_error", e.says(), conversation.result(""));
    }
  }

  private Halt converse(Journal journal, Conversation talk) throws InterruptedException {
    var maxSteps = journal.pinned().path("max_steps").asInt(20);
    if (!journal.input().path("new_thread").asBoolean()) {
      talk.messages.addAll(
          database.direct(tx ->
              threads.messages(
                  tx, journal.run().workspaceId(), talk.threadId(), journal.run().id())));
    }
    talk.messages.add(new ChatMessage.User(journal.input().path("message").asString("")));
    var cutOff = 0;
    for (var turn = 1; turn <= maxSteps; turn++) {
      var caller = caller(journal);
      if (caller.isEmpty()) {
        return new Halt.Failed(
            "permission_error", "The user of this job may not run it any more", talk.result(""));
      }
      var usable = usable(caller.get(), journal.pinned());
      if (talk.hasArtifacts) {
        tools
            .find(caller.get(), Artifact.READER)
            .ifPresent(tool -> usable.putIfAbsent(tool.name(), tool));
      }
      var answer = models.ask(journal, turn, request(journal, talk, usable), usable);
      talk.add(answer);
      if (answer.truncated() && !answer.toolUses().isEmpty()) {
        if (++cutOff > MAX_CUT_OFF) {
          return new Halt.Failed(
              "model_error",
              "The model's answers are cut off at its length limit",
              talk.result(""));
        }
        talk.messages.add(new ChatMessage.Assistant(answer.text(), List.of()));
        talk.messages.add(new ChatMessage.User(CUT_OFF));
        continue;
      }
      cutOff = 0;
      if (answer.toolUses().isEmpty()) {
        return answer.refused() && answer.text().isBlank()
            ? new Halt.Failed(
                "model_error", "The model's content filter stopped the answer", talk.result(""))
            : new Halt.Completed(talk.result(answer.text()));
      }
      talk.messages.add(new ChatMessage.Assistant(answer.text(), answer.toolUses()));
      var steps = calls.perform(journal, turn, caller.get(), answer.toolUses(), usable);
      var waits = journal.waits(steps);
      if (!waits.isEmpty()) {
        return new Halt.Parked(waits);
      }
      talk.add(answer.toolUses(), steps);
    }
    return new Halt.Failed(
        "step_limit",
        "The agent used all of its " + maxSteps + " steps without an answer",
        talk.result(""));
  }

  private Optional<Caller> caller(Journal journal) {
    return members.find(journal.run().workspaceId(), journal.run().userId(), "agents");
  }

  /// By name, those of the pinned tools that the user may still use, in the version the run started
  /// with.
  private Map<String, Tool> usable(Caller caller, JsonNode pinned) {
    var usable = new LinkedHashMap<String, Tool>();
    for (var ref : pinned.path("tools")) {
      tools
          .pinned(caller, ref.path("id").asString(""), ref.path("version").asInt())
          .ifPresent(tool -> usable.put(ref.path("name").asString(""), tool));
    }
    return usable;
  }

  private static ChatRequest request(Journal journal, Conversation talk, Map<String, Tool> usable) {
    var pinned = journal.pinned();
    var instructions = new StringBuilder(pinned.path("instructions").asString(""));
    var context = journal.input().path("context");
    if (!context.isEmpty()) {
      instructions
          .append("\n\nContext given with this task, as JSON:\n")
          .append(Json.write(context));
    }
    var specs = new ArrayList<ToolSpec>();
    usable.forEach((name, tool) ->
        specs.add(
            new ToolSpec(name, tool.content().description(), tool.content().parametersSchema())));
    return new ChatRequest(
        pinned.path("model").asString(""),
        instructions.toString(),
        talk.messages,
        specs,
        pinned.path("temperature").asDouble(),
        ModelStep.TIMEOUT,
        ModelStep.SILENCE,
        journal.run().id());
  }

  /// What was said and done until now; rebuilt from the journal at every replay.
  private static final class Conversation {
    private final Journal journal;
    private final List<ChatMessage> messages = new ArrayList<>();
    private final ArrayNode toolCalls = Json.array();
    private Usage usage = Usage.NONE;
    private String model = "";
    private String provider = "";
    private boolean truncated;
    private boolean refused;

    /// Whether a result was too large to show whole; then the model can read on.
    private boolean hasArtifacts;

    Conversation(Journal journal) {
      this.journal = journal;
    }

    String threadId() {
      return journal.input().path("thread_id").asString("");
    }

    void add(ModelStep.Answer answer) {
      usage = usage.plus(answer.usage());
      model = answer.model();
      provider = answer.provider();
      truncated = answer.truncated();
      refused = answer.refused();
    }

    void add(List<ToolUse> uses, List<Step> steps) {
      for (var i = 0; i < uses.size(); i++) {
        hasArtifacts |= CallStep.isArtifact(steps.get(i));
        messages.add(CallStep.answer(uses.get(i), steps.get(i)));
        toolCalls.add(CallStep.shown(uses.get(i), steps.get(i)));
      }
    }

    JsonNode result(String response) {
      var result = Json.object();
      result
          .put("run_id", journal.run().id())
          .put("thread_id", threadId())
          .put("response", response);
      result
          .putObject("usage")
          .put("prompt_tokens", usage.promptTokens())
          .put("completion_tokens", usage.completionTokens())
          .put("total_tokens", usage.totalTokens());
      result.set("tool_calls", toolCalls);
      if (journal.pinned().has("left_out")) {
        result.set("tools_left_out", journal.pinned().get("left_out"));
      }
      result.put("model", model).put("provider", provider);
      if (truncated) {
        result.put("truncated", true);
      }
      if (refused) {
        result.put("refused", true);
      }
      return result;
    }
  }
}
