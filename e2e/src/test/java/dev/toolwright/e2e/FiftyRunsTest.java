package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.testing.EffectSink;
import dev.toolwright.testing.ScriptedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Fifty jobs that each write three times to a service, half of them with a tool that may be
/// repeated and half with one that must not, and `kill -9` in the middle of them.
class FiftyRunsTest {
  private static final int JOBS = 50;
  private static final String IN_STATE =
      "select run_id || '/' || key from run_step where key like '%/call/%' and name = ? and state = ?";

  @RegisterExtension private static final SharedDatabase DATABASE = new SharedDatabase();
  @RegisterExtension private static final Products PRODUCTS = new Products();

  /// What a person decides about the jobs that wait, in turn.
  private static final List<String> DECISIONS = List.of("repeat", "done", "fail");

  @Test
  void kill_nine_in_the_middle_loses_nothing_and_blindly_repeats_nothing() {
    try (var model = new ScriptedModel();
        var sink = new EffectSink()) {
      var settings = new HashMap<>(Product.settings(model.baseUrl()));
      settings.put("TOOLWRIGHT_DATABASE_URL", DATABASE.url());
      var product = PRODUCTS.create(settings).start();
      var api = product.api();
      api.httpTool("note", "POST", sink.baseUrl() + "/note?delay_ms=150", true, 10_000);
      api.httpTool("book", "POST", sink.baseUrl() + "/book?delay_ms=150", false, 10_000);
      var agent = api.agent("Clerk", "note", "book");

      var jobs = submit(api, agent);
      await().until(() -> sink.effects().size() >= JOBS * 3 / 2);
      product.kill9();
      var finished = new HashSet<>(keys("note", "done"));
      finished.addAll(keys("book", "done"));
      var inFlight = keys("book", "intent");
      assertThat(finished).hasSizeGreaterThan(JOBS / 2);
      assertThat(inFlight).isNotEmpty();

      product.start();
      var decided = decide(api, jobs);
      jobs.forEach(
          job -> assertThat(api.end(job).path("status").asString()).isEqualTo("completed"));
      Invariants.check(DATABASE);
      assertThat(decided.keySet()).isEqualTo(inFlight);
      checkEffects(sink.effects(), finished, decided);
    }
  }

  private static List<String> submit(Api api, String agent) {
    var jobs = new ArrayList<String>();
    for (var i = 0; i < JOBS; i++) {
      var tool = i % 2 == 0 ? "note" : "book";
      var turn = "CALL %s {\"job\": %d}\n---\n".formatted(tool, i);
      jobs.add(api.execute(agent, turn.repeat(3) + "SAY Wrote three times"));
    }
    return jobs;
  }

  /// Waits until every job has ended or waits for a person, and decides about those.
  ///
  /// @return the decision by the key of the step
  private static Map<String, String> decide(Api api, List<String> jobs) {
    var decided = new HashMap<String, String>();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            DATABASE.number("select count(*) from run where state in ('ready', 'running')") == 0);
    for (var job : jobs) {
      var now = api.job(job);
      if (now.path("status").asString().equals("waiting")) {
        var wait = now.path("waiting").path(0);
        assertThat(wait.path("reason").asString()).isEqualTo("outcome unknown");
        assertThat(wait.path("tool").asString()).isEqualTo("book");
        var action = DECISIONS.get(decided.size() % DECISIONS.size());
        decided.put(job.replace("job_", "run_") + "/" + wait.path("step").asString(), action);
        api.resolve(job, action);
      }
    }
    return decided;
  }

  private static void checkEffects(
      List<EffectSink.Effect> effects, Set<String> finished, Map<String, String> decided) {
    var notes = counts(effects, "/note");
    var books = counts(effects, "/book");
    assertThat(notes).hasSize(JOBS / 2 * 3);
    assertThat(notes.values()).allMatch(count -> count <= 2);
    books.forEach((key, count) -> {
      var most = "repeat".equals(decided.get(key)) ? 2 : 1;
      assertThat(count).as("%s, decided %s", key, decided.get(key)).isLessThanOrEqualTo(most);
    });
    // Only what a person declared done, or failed, may be missing.
    assertThat(books.size()).isBetween(JOBS / 2 * 3 - decided.size(), JOBS / 2 * 3);
    assertThat(Stream.of(notes, books).flatMap(map -> map.entrySet().stream()))
        .filteredOn(entry -> finished.contains(entry.getKey()))
        .hasSize(finished.size())
        .allMatch(entry -> entry.getValue() == 1);
  }

  private static Map<String, Integer> counts(List<EffectSink.Effect> effects, String path) {
    return effects.stream()
        .filter(effect -> effect.path().equals(path))
        .collect(Collectors.toMap(EffectSink.Effect::key, _ -> 1, Integer::sum));
  }

  private static Set<@Nullable String> keys(String tool, String state) {
    return Set.copyOf(DATABASE.column(IN_STATE, tool, state));
  }
}
