package dev.toolwright;

import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/// A server that is stopped in the middle of its work, and one that starts after it.
class NodesTest {
  @Test
  void a_job_of_a_stopped_server_goes_on_with_the_next_and_nothing_is_done_twice() {
    try (var remote = new Remote();
        var platform = new TestPlatform()) {
      var acting = new Semaphore(0);
      var go = new Semaphore(0);
      var tool = name("pay");
      remote.at(
          "/pay",
          (exchange, count) -> {
            acting.release();
            if (count == 1) {
              go.acquire();
            }
            Remote.send(exchange, 200, "{\"paid\":" + count + "}");
          });
      platform.tool(platform.ada, http(tool, "POST", remote.url() + "/pay"));
      var agent = platform.agent(platform.ada, tool);
      var call = "CALL " + tool + " {}";
      var job =
          platform.execute(
              platform.ada, agent, call + "\n---\n" + call + "\n---\nSAY <<last_tool_result>>");
      acting.acquireUninterruptibly();
      var stopped = Thread.ofVirtual().start(platform::stop);
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> platform.one("select bool_or(draining) from node", Boolean.class));
      go.release();
      await().atMost(Duration.ofSeconds(20)).until(() -> !stopped.isAlive());
      assertThat(platform.one("select state from run", String.class)).isEqualTo("ready");
      assertThat(
              platform.one("select count(*) from run_step where state = 'unknown'", Integer.class))
          .isZero();

      platform.start();
      var ended = platform.until(platform.ada, job, "completed");
      assertThat(ended.path("result").path("response").asString()).isEqualTo("{\"paid\":2}");
      assertThat(remote.requests("/pay")).hasSize(2);
      var keys = new ArrayList<String>();
      remote
          .requests("/pay")
          .forEach(request -> keys.add(String.valueOf(request.header("Idempotency-key"))));
      assertThat(keys).doesNotHaveDuplicates();
      platform.post(platform.ada, "/agents/status/" + job + "/retry", Json.object()).as(409);
    }
  }

  @Test
  void one_that_answers_leaves_the_jobs_to_one_that_works() {
    try (var platform = new TestPlatform(Map.of("TOOLWRIGHT_ROLE", "api"))) {
      var agent = platform.agent(platform.ada);
      var job =
          platform.execute(
              platform.ada,
              Json.object()
                  .put("agent_id", agent)
                  .put("message", "SAY hi")
                  .put("priority", "high"));
      assertThat(platform.status(platform.ada, job).path("status").asString()).isEqualTo("queued");
      assertThat(platform.status(platform.ada, job).path("priority").asString()).isEqualTo("high");
      assertThat(platform.get(platform.ada, "/metrics").text())
          .contains("toolwright_jobs{status=\"queued\"} 1.0");

      var worker = platform.another(Map.of("TOOLWRIGHT_ROLE", "worker"));
      assertThat(platform.until(platform.ada, job, "completed").path("result").path("response"))
          .hasToString("\"hi\"");
      platform.address = worker;
      platform.get(platform.ada, "/health/ready").as(200);
      platform.get(platform.ada, "/agents/list").as(404);
    }
  }

  @Test
  void the_jobs_of_a_workspace_that_wait_are_listed_by_their_reason() {
    try (var platform = new TestPlatform()) {
      var tool = name("pay");
      var body = http(tool, "POST", platform.sink.baseUrl() + "/pay").put("approval", "always");
      platform.tool(platform.ada, body);
      var agent = platform.agent(platform.ada, tool);
      var job = platform.execute(platform.ada, agent, "CALL " + tool + " {}\n---\nSAY done");
      platform.until(platform.ada, job, "waiting");
      var recent = "/jobs/status/recent?all=true&reason=";
      assertThat(platform.get(platform.root, recent + "approval").as(200).path("jobs"))
          .extracting(one -> one.path("job_id").asString())
          .containsExactly(job);
      assertThat(platform.get(platform.root, recent + "no+progress").as(200).path("jobs"))
          .isEmpty();
      platform.get(platform.root, recent + "boredom").as(400);
      platform.get(platform.ada, recent + "approval").as(403);
    }
  }

  @Test
  void the_server_says_how_many_jobs_of_a_workspace_run_at_once() {
    try (var platform = new TestPlatform()) {
      var workspace = "/api/workspaces/" + platform.eve.caller().workspaceId();
      var limit = Json.object().put("max_running_jobs", 2);
      assertThat(platform.patch(platform.root, workspace, limit).as(200).path("max_running_jobs"))
          .hasToString("2");
      platform.patch(platform.eve, workspace, limit).as(403);
      platform.patch(platform.root, workspace, Json.object().put("max_running_jobs", 0)).as(400);
      platform.patch(platform.root, workspace, Json.object()).as(400);
    }
  }
}
