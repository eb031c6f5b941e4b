package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.testing.EffectSink;
import java.time.Duration;
import java.util.HashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/// A workflow with every kind of step, and `kill -9` in the middle of each of its phases.
class WorkflowChaosTest {
  private static final String STEPS =
      """
      {"name": "all", "steps": [
        {"step_id": "each", "step_type": "loop", "tool_name": "note", "parameters": {"n": "${item}"},
         "loop": {"items": "${input.list}", "concurrency": 3}},
        {"step_id": "ask", "step_type": "parallel", "dependencies": ["each"], "agent_id": "AGENT",
         "parameters": {"message": "CALL note {\\"by\\": \\"agent\\"}\\n---\\nSAY noted"}},
        {"step_id": "gate", "step_type": "sequential", "dependencies": ["ask"], "approval": {"message": "Go on?"}},
        {"step_id": "nap", "step_type": "sequential", "dependencies": ["gate"], "wait": {"seconds": 2}},
        {"step_id": "paid", "step_type": "sequential", "wait": {"event": "paid"}},
        {"step_id": "skip", "step_type": "conditional", "dependencies": ["paid"], "condition": "input.list.size() > 99",
         "tool_name": "note"},
        {"step_id": "both", "step_type": "parallel", "dependencies": ["paid"], "steps": [
          {"step_id": "x", "step_type": "parallel", "tool_name": "note", "parameters": {"by": "x"}},
          {"step_id": "y", "step_type": "parallel", "tool_name": "note", "parameters": {"by": "y"}}]}]}
      """;

  @RegisterExtension private static final SharedDatabase DATABASE = new SharedDatabase();
  @RegisterExtension private static final Products PRODUCTS = new Products();

  @Test
  void each_phase_survives_and_no_completed_step_is_done_again() {
    try (var sink = new EffectSink()) {
      var settings = new HashMap<String, String>();
      settings.put("TOOLWRIGHT_DATABASE_URL", DATABASE.url());
      settings.put("TOOLWRIGHT_EGRESS_ALLOW", "127.0.0.1");
      settings.put("TOOLWRIGHT_MODEL_ALIASES", "gpt-4o=rehearsal");
      var product = PRODUCTS.create(settings).start();
      var api = product.api();
      api.httpTool("note", "POST", sink.baseUrl() + "/note?delay_ms=150", true, 10_000);
      var agent = api.agent("Clerk", "note");
      var workflow =
          api.post("/api/workflows", Api.JSON.readTree(STEPS.replace("AGENT", agent)))
              .as(201)
              .path("id")
              .asString();
      var input = Api.object();
      var list = input.putObject("input").putArray("list");
      for (var i = 0; i < 9; i++) {
        list.add(i);
      }
      var run =
          api.post("/api/workflows/" + workflow + "/runs", input).as(202).path("run_id").asString();

      await().until(() -> sink.effects().size() >= 4);
      product.kill9();
      product.start();
      await().atMost(Duration.ofSeconds(60)).until(() -> open(api).size() == 1);
      product.kill9();
      product.start();
      var approval = open(api).path(0).path("approval_id").asString();
      api.post("/api/approvals/" + approval, Api.object().put("action", "approve")).as(200);
      product.kill9();
      product.start();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() ->
              api.post("/api/workflow-runs/" + run + "/events", Api.object().put("event", "paid"))
                      .status()
                  == 200);
      product.kill9();
      product.start();
      assertThat(api.end("job" + run.substring(3)).path("status").asString())
          .isEqualTo("completed");
      var shown = api.get("/api/workflow-runs/" + run).as(200);
      assertThat(shown.path("status").asString()).as(shown.toString()).isEqualTo("completed");
      assertThat(shown.path("results").path("skip").path("status").asString()).isEqualTo("skipped");
      Invariants.check(DATABASE);
      var counts =
          sink.effects().stream()
              .collect(Collectors.toMap(EffectSink.Effect::key, _ -> 1, Integer::sum));
      assertThat(counts).hasSize(9 + 1 + 2);
      assertThat(counts.values()).as("only what was in flight").allMatch(count -> count <= 2);
      assertThat(counts.values().stream().filter(count -> count == 2).count())
          .isLessThanOrEqualTo(3 + 3);
    }
  }

  private static JsonNode open(Api api) {
    return api.get("/api/approvals").as(200).path("approvals");
  }
}
