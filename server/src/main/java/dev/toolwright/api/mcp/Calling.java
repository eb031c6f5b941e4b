package dev.toolwright.api.mcp;

import dev.toolwright.account.Caller;
import dev.toolwright.approval.Approval;
import dev.toolwright.approval.Approvals;
import dev.toolwright.artifact.Artifact;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.mcp.McpError;
import dev.toolwright.mcp.McpRequest;
import dev.toolwright.tool.CallContext;
import dev.toolwright.tool.CallResult;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Progress;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.ToolRuns;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `tools/call`: a call through the one path, what is said while it runs, and its result as MCP has
/// it.
final class Calling {
  private static final String WAIT = "dev.toolwright/wait_seconds";
  private static final int MAX_PATIENCE_SECONDS = 60;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Set<String> CONTENT =
      Set.of("text", "image", "audio", "resource", "resource_link");
  private static final String APPROVAL = "approval";

  private final ToolRuns calls;
  private final Approvals approvals;
  private final Rounds rounds;
  private final Supplier<URI> server;

  /// @param server the address of this server as others see it
  Calling(ToolRuns calls, Approvals approvals, Rounds rounds, Supplier<URI> server) {
    this.calls = calls;
    this.approvals = approvals;
    this.rounds = rounds;
    this.server = server;
  }

  ObjectNode call(
      Client client, Tool tool, McpRequest request, @Nullable String idempotencyKey, Reply reply)
      throws McpError, InterruptedException {
    var given = request.params().path("arguments");
    if (!given.isMissingNode() && !given.isObject()) {
      throw new McpError(200, McpError.INVALID_PARAMS, "arguments must be an object", null);
    }
    var arguments = given instanceof ObjectNode object ? object : Json.object();
    var subject = Json.object().put("tool", tool.id());
    subject.set("arguments", arguments);
    var call = new Call(client, tool, arguments, request, idempotencyKey, reply);
    return rounds.play(client, request, subject, reply, round -> played(call, round));
  }

  private record Call(
      Client client,
      Tool tool,
      ObjectNode arguments,
      McpRequest request,
      @Nullable String idempotencyKey,
      Reply reply) {
    Caller caller() {
      return client.caller();
    }
  }

  private Rounds.Turn played(Call call, Rounds.Given given) throws McpError, InterruptedException {
    var state = given.state();
    var called =
        state != null && state.has("run_id")
            ? decided(call, given.answers().path(APPROVAL), state)
            : made(call, given);
    log(call, called);
    var asks = Asks.of(call.tool(), called.outcome());
    if (asks.isPresent()) {
      return new Rounds.Turn.Asking(asks.get());
    }
    var approval = waiting(call, called, state);
    return approval.isPresent()
        ? new Rounds.Turn.Asking(asking(approval.get()))
        : new Rounds.Turn.Done(result(call, called));
  }

  private CallResult made(Call call, Rounds.Given given) throws InterruptedException {
    var context =
        CallContext.direct(
            "mcp",
            call.caller(),
            call.tool(),
            told(call.client(), given),
            PricedAction.TOOL_CALL,
            call.idempotencyKey());
    var token = call.request().params().path("_meta").get("progressToken");
    if (token != null && call.reply().mayStream()) {
      context =
          context.followedBy(
              progress -> call.reply().notify("notifications/progress", shown(token, progress)));
    }
    return calls.call(
        call.caller(), call.tool(), call.arguments(), context, patience(call.request()));
  }

  /// What a tool is told of its client.
  private static ObjectNode told(Client client, Rounds.Given given) {
    var told = Json.object();
    if (!client.capabilities().isEmpty()) {
      told.set("client_capabilities", client.capabilities());
    }
    if (!given.answers().isEmpty()) {
      told.set("input_responses", given.answers());
    }
    var state = Asks.toolsOwn(given.state());
    if (state != null) {
      told.set("request_state", state);
    }
    return told;
  }

  private static ObjectNode shown(JsonNode token, Progress progress) {
    var shown = Json.object().put("progress", progress.done());
    shown.set("progressToken", token);
    if (progress.total() != null) {
      shown.put("total", progress.total());
    }
    if (progress.message() != null) {
      shown.put("message", progress.message());
    }
    return shown;
  }

  /// How long a client waits for a call that goes on without it, if it says so.
  private static Duration patience(McpRequest request) {
    var said = request.params().path("_meta").path(WAIT);
    return said.isIntegralNumber()
        ? Duration.ofSeconds(Math.clamp(said.asLong(0), 0, MAX_PATIENCE_SECONDS))
        : PATIENCE;
  }

  private static void log(Call call, CallResult called) {
    if (call.client().hearsLogs()) {
      for (var line : called.logs()) {
        call.reply()
            .notify(
                "notifications/message",
                Json.object()
                    .put("level", "info")
                    .put("logger", call.tool().name())
                    .put("data", line));
      }
    }
  }

  // A person has to approve the call

  /// What waits for the client's own user, who can be asked; nothing when they were asked already.
  private Optional<Approval> waiting(Call call, CallResult called, @Nullable JsonNode state) {
    if (!(called.outcome() instanceof Outcome.Suspended)
        || !call.tool().needsApproval()
        || (state != null && state.has("run_id"))
        || !call.client().mayBeAsked("elicitation/create")) {
      return Optional.empty();
    }
    return approvals.open(call.caller()).stream()
        .filter(one -> one.runId().equals(called.runId()))
        .filter(one -> one.isOpen() && Approvals.mayDecide(call.caller(), one))
        .findFirst();
  }

  private static Asks asking(Approval approval) {
    var question = approval.question();
    var params =
        Json.object()
            .put("mode", "form")
            .put(
                "message",
                "Approve %s with %s?"
                    .formatted(
                        question.path("subject").asString(""),
                        Json.write(question.path("arguments"))));
    var schema = params.putObject("requestedSchema").put("type", "object");
    schema.putArray("required").add("approve");
    var fields = schema.putObject("properties");
    fields.putObject("approve").put("type", "boolean").put("title", "Approve");
    fields.putObject("comment").put("type", "string").put("title", "Comment");
    var requests = Json.object();
    requests.putObject(APPROVAL).put("method", "elicitation/create").set("params", params);
    return new Asks(
        requests, Json.object().put("run_id", approval.runId()).put("approval_id", approval.id()));
  }

  /// Decides as the client's user says, and waits for what comes of it. Who only closed the
  /// question has not decided.
  private CallResult decided(Call call, JsonNode answer, JsonNode state)
      throws InterruptedException {
    var action = answer.path("action").asString("");
    if (!action.equals("cancel")) {
      var content = answer.path("content");
      var verdict =
          new Approvals.Verdict(
              action.equals("accept") && content.path("approve").asBoolean(false),
              null,
              content.path("comment").asString(""));
      try {
        approvals.decide(call.caller(), state.path("approval_id").asString(""), verdict);
      } catch (Problem e) {
        if (e.kind() != Problem.Kind.CONFLICT && e.kind() != Problem.Kind.GONE) {
          throw e;
        }
        // Somebody else was quicker: what counts is what they said.
      }
    }
    var patience = action.equals("cancel") ? Duration.ZERO : patience(call.request());
    return calls.await(call.caller(), state.path("run_id").asString(""), patience);
  }

  // Results

  private ObjectNode result(Call call, CallResult called) {
    return switch (called.outcome()) {
      case Outcome.Succeeded(var value) -> succeeded(call, value);
      case Outcome.Invalid(var faults, var example) ->
          failure(
              "The arguments do not fit: %s. An example that fits: %s"
                  .formatted(String.join("; ", faults), Json.write(example)));
      case Outcome.Suspended _ -> waiting(String.valueOf(called.runId()));
      case Outcome other -> failure(other.errorType() + ": " + other.error());
    };
  }

  private ObjectNode succeeded(Call call, JsonNode value) {
    if (speaksMcp(call.tool()) && isContent(value.path("content"))) {
      var result = Json.object();
      result.set("content", value.path("content"));
      if (value.path("structuredContent").isObject()) {
        result.set("structuredContent", value.path("structuredContent"));
      }
      return result.put("isError", value.path("isError").asBoolean(false));
    }
    var result = text(value.isString() ? value.asString() : Json.write(value));
    if (Artifact.isHandle(value)) {
      result.withArrayProperty("content").add(MaterialMethods.link(value));
    }
    // Before the stateless revision structured content had to be an object.
    if (call.client().isModern() || value.isObject()) {
      result.set("structuredContent", value);
    }
    return result.put("isError", false);
  }

  private static boolean speaksMcp(Tool tool) {
    return switch (tool.content().config()) {
      case Config.Function _, Config.Snippet _, Config.Mcp _ -> true;
      default -> false;
    };
  }

  /// Whether a value is content as MCP has it: images, sounds and resources among it.
  private static boolean isContent(JsonNode content) {
    return content.isArray()
        && !content.isEmpty()
        && content.values().stream()
            .allMatch(part -> CONTENT.contains(part.path("type").asString("")));
  }

  /// The call goes on without the client, who may look at what becomes of it.
  private ObjectNode waiting(String runId) {
    var job = Ids.as("job", runId);
    var url = server.get() + "/agents/status/" + job;
    var result =
        text(
            "The tool waits for an answer from outside and goes on as job %s. Its result will be at %s"
                .formatted(job, url));
    result
        .putObject("structuredContent")
        .put("status", "waiting")
        .put("job_id", job)
        .put("status_url", url);
    return result.put("isError", false);
  }

  /// A result that is an object, with a copy as text.
  static ObjectNode structured(ObjectNode value) {
    var result = text(Json.write(value));
    result.set("structuredContent", value);
    return result.put("isError", false);
  }

  static ObjectNode failure(String sentence) {
    return text(sentence).put("isError", true);
  }

  private static ObjectNode text(String text) {
    var result = Json.object();
    result.putArray("content").addObject().put("type", "text").put("text", text);
    return result;
  }
}
