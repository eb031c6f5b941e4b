package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.testing.EffectSink;
import dev.toolwright.testing.ScriptedModel;
import dev.toolwright.testing.TemporalServer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The product where Temporal says who works on which job.
class TemporalTest {
  @RegisterExtension private static final Products PRODUCTS = new Products();

  private static final ScriptedModel MODEL = new ScriptedModel();
  private static final EffectSink SINK = new EffectSink();
  private static TemporalServer temporal = new TemporalServer();
  private static final Product PRODUCT = PRODUCTS.create(settings());
  private static String agent = "";

  private static Map<String, String> settings() {
    var settings = new HashMap<>(Product.settings(MODEL.baseUrl()));
    settings.put("TOOLWRIGHT_TEMPORAL_ADDRESS", temporal.address());
    return settings;
  }

  @BeforeAll
  static void open() {
    var api = PRODUCT.start().api();
    api.httpTool("book", "POST", SINK.baseUrl() + "/book", false, 5_000);
    agent = api.agent("Clerk", "book");
  }

  @AfterAll
  static void close() {
    temporal.close();
    MODEL.close();
    SINK.close();
  }

  @Test
  void a_job_goes_on_after_its_server_was_killed_and_nothing_is_booked_twice() {
    var before = MODEL.count();
    var job =
        PRODUCT
            .api()
            .execute(
                agent,
                """
                CALL book {"seat": 7}
                ---
                SLOW 1500
                CALL book {"seat": 8}
                ---
                SAY <<last_tool_result>>
                """);
    await().until(() -> MODEL.count() == before + 2);
    PRODUCT.kill9();
    PRODUCT.start();
    assertThat(PRODUCT.api().end(job).path("status").asString()).isEqualTo("completed");
    assertThat(SINK.effects()).hasSize(2);
  }

  @Test
  void a_temporal_that_has_lost_everything_is_told_again() {
    var port = temporal.port();
    temporal.close();
    var api = PRODUCT.api();
    var job = api.execute(agent, "SAY hello");
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(10))
        .until(() -> api.job(job).path("status").asString().equals("queued"));
    temporal = new TemporalServer(port);
    assertThat(api.end(job).path("result").path("response").asString()).isEqualTo("hello");
  }
}
