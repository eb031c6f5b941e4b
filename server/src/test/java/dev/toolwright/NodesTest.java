package dev.toolwright;

import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.ArrayList;
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
}
