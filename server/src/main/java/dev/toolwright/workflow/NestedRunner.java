package dev.toolwright.workflow;

import dev.toolwright.account.Caller;
import dev.toolwright.agent.AgentRuns;
import dev.toolwright.agent.Agents;
import dev.toolwright.agent.Execution;
import dev.toolwright.connection.Connection;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.run.Children;
import dev.toolwright.run.Priority;
import dev.toolwright.run.RunState;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Runner;
import dev.toolwright.tool.Tool;
import java.time.Duration;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Runs tools that are agents or workflows: as jobs of their own, for which the call waits.
public final class NestedRunner implements Runner {
  private static final int STEPS = 20;

  private final Supplier<Parts> parts;

  /// What nested jobs are started with. Tools are there before agents and workflows are.
  public record Parts(
      Agents agents,
      AgentRuns agentRuns,
      Workflows workflows,
      WorkflowRuns workflowRuns,
      Children children) {}

  public NestedRunner(Supplier<Parts> parts) {
    this.parts = parts;
  }

  @Override
  public Class<? extends Config> runs() {
    return Config.Nested.class;
  }

  @Override
  public Config check(Caller caller, Config config, Fields in) {
    var nested = (Config.Nested) config;
    var known =
        nested.isAgent()
            ? parts.get().agents().version(caller, nested.id())
            : parts.get().workflows().version(caller, nested.id());
    if (known.isEmpty()) {
      in.fault(
          "implementation." + nested.of() + "_id",
          "names no " + nested.of() + " that you may use: " + nested.id());
    }
    return config;
  }

  /// What a job of its own failed with is not repeated here: its steps had their attempts.
  @Override
  public Connection.Retry retry(Tool tool) {
    return new Connection.Retry(0, 0);
  }

  @Override
  public Outcome run(Invocation call) {
    var nested = (Config.Nested) call.tool().content().config();
    var waiting = call.waiting();
    if (waiting == null) {
      throw new IllegalStateException("a nested job needs a run");
    }
    try {
      var timeout = waiting.remaining();
      return switch (waiting.child(start(call, nested, timeout))) {
        case Children.Begun.Waiting(var on, _) -> new Outcome.Suspended(on);
        case Children.Begun.Over(var child) -> outcome(nested, child);
      };
    } catch (Problem e) {
      return switch (e.kind()) {
        case UNAVAILABLE -> throw e;
        case FORBIDDEN, NOT_FOUND -> new Outcome.Denied(String.valueOf(e.getMessage()));
        case PAYMENT_REQUIRED ->
            new Outcome.Failed("insufficient_credits", String.valueOf(e.getMessage()), null, false);
        default ->
            new Outcome.Failed("execution_error", String.valueOf(e.getMessage()), null, false);
      };
    }
  }

  private Children.Start start(Invocation call, Config.Nested nested, Duration timeout) {
    var caller = call.caller();
    return (runId, parent, inTx) -> {
      if (nested.isAgent()) {
        var execution = execution(nested.id(), call.arguments(), timeout);
        var version =
            parts
                .get()
                .agents()
                .version(caller, nested.id())
                .orElseThrow(() -> Problem.notFound("Agent", nested.id()));
        parts.get().agentRuns().start(caller, execution, version, runId, parent, inTx);
      } else {
        var order =
            new WorkflowRuns.Order(call.arguments(), Json.object(), null, timeout, Priority.NORMAL);
        var version =
            parts
                .get()
                .workflows()
                .version(caller, nested.id())
                .orElseThrow(() -> Problem.notFound("Workflow", nested.id()));
        parts.get().workflowRuns().start(caller, nested.id(), version, order, runId, parent, inTx);
      }
    };
  }

  private static Execution execution(String agentId, ObjectNode arguments, Duration timeout) {
    var context = arguments.get("context") instanceof ObjectNode given ? given : Json.object();
    return new Execution(
        agentId,
        arguments.path("message").asString(""),
        null,
        null,
        context,
        null,
        STEPS,
        timeout,
        Priority.NORMAL);
  }

  @Override
  public Outcome answered(Tool tool, JsonNode answer) {
    return outcome((Config.Nested) tool.content().config(), parts.get().children().ended(answer));
  }

  private static Outcome outcome(Config.Nested nested, Children.Ended child) {
    var result = child.result() == null ? Json.object() : child.result();
    if (child.run().state() == RunState.COMPLETED) {
      var output = result.get(nested.isAgent() ? "response" : "output");
      return new Outcome.Succeeded(output == null || output.isNull() ? result : output);
    }
    if (child.run().state() == RunState.CANCELLED) {
      return new Outcome.Failed("cancelled", "The job was cancelled", null, false);
    }
    var error = child.error() == null ? Json.object() : child.error();
    return new Outcome.Failed(
        error.path("type").asString("execution_error"),
        error.path("message").asString(""),
        null,
        false);
  }
}
