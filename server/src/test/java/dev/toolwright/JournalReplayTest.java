package dev.toolwright;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Journals that a release wrote, of runs that died after any of their steps: every later release
/// must come from them to the same end. With `-Dtoolwright.write-docs=true` those of this release
/// are written; a file that a release shipped with is never written again.
@SuppressWarnings("NullAway.Init")
class JournalReplayTest {
  private static final Path FILES = Path.of("src/test/resources/journals/0.1");
  private static final boolean RECORDS = Boolean.getBoolean("toolwright.write-docs");
  private static final List<String> TABLES = List.of("run", "run_data", "run_step");
  private static final String CODE =
      "def run(parameters, context):\n    return parameters.get(\"n\", 0) * 2\n";
  private static TestPlatform platform;
  private static final Map<String, String> NAMED = new LinkedHashMap<>();

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    var tool = platform.tool(platform.ada, function("twice", CODE));
    var agent =
        platform
            .post(
                platform.ada,
                "/agents/create",
                json("{'name':'Doubler','instructions':'-','model':'rehearsal','tools':['twice']}"))
            .as(200)
            .path("agent_id")
            .asString();
    var workflow =
        platform
            .post(
                platform.ada,
                "/api/workflows",
                json(
                    """
                    {'name':'doubling','steps':[
                      {'step_id':'first','step_type':'sequential','tool_name':'twice',
                       'parameters':{'n':'${input.n}'}},
                      {'step_id':'big','step_type':'conditional','condition':'input.n > 5',
                       'dependencies':['first'],'tool_name':'twice',
                       'parameters':{'n':'${steps.first.result}'}},
                      {'step_id':'each','step_type':'loop','dependencies':['big'],'tool_name':'twice',
                       'loop':{'items':[1,2,3],'concurrency':1},'parameters':{'n':'${item}'}},
                      {'step_id':'last','step_type':'sequential','tool_name':'twice',
                       'dependencies':['each'],'parameters':{'n':'${steps.big.result}'}}]}
                    """))
            .as(201)
            .path("id")
            .asString();
    NAMED.put(platform.ada.caller().workspaceId(), "{workspace}");
    NAMED.put(platform.ada.caller().userId(), "{user}");
    NAMED.put(tool, "{tool}");
    NAMED.put(agent, "{agent}");
    NAMED.put(workflow, "{workflow}");
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static String start(String kind) {
    if (kind.equals("agent")) {
      var call = "CALL twice {\"n\": %d}\n---\n";
      var message = call.formatted(1) + call.formatted(2) + "SAY It is <<last_tool_result>>";
      return platform.execute(platform.ada, id("{agent}"), message);
    }
    return platform
        .post(
            platform.ada, "/api/workflows/" + id("{workflow}") + "/runs", json("{'input':{'n':7}}"))
        .as(202)
        .path("job_id")
        .asString();
  }

  private static String id(String name) {
    return NAMED.entrySet().stream()
        .filter(entry -> entry.getValue().equals(name))
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  private static void record(String kind) throws IOException {
    var job = start(kind);
    platform.until(platform.ada, job, "completed");
    var run = job.replace("job_", "run_");
    var journal = Json.object();
    for (var table : TABLES) {
      var key = table.equals("run") ? "id" : "run_id";
      var order = table.equals("run_step") ? "started_at, ended_at, key" : key;
      journal.set(
          table,
          Json.stored(
              platform.one(
                  "select json_agg(row_to_json(t) order by %s) from %s t where %s = '%s'"
                      .formatted(order.replaceAll("(\\w+)", "t.$1"), table, key, run),
                  String.class)));
    }
    var text = journal.toPrettyString().replace(run, "{run}");
    for (var named : NAMED.entrySet()) {
      text = text.replace(named.getKey(), named.getValue());
    }
    Files.createDirectories(FILES);
    Files.writeString(FILES.resolve(kind + ".json"), text + "\n");
  }

  private static ObjectNode journal(String kind, String run) throws IOException {
    var text = Files.readString(FILES.resolve(kind + ".json")).replace("{run}", run);
    for (var named : NAMED.entrySet()) {
      text = text.replace(named.getValue(), named.getKey());
    }
    return (ObjectNode) Json.stored(text);
  }

  private static void insert(String table, JsonNode row) {
    var columns = String.join(", ", row.propertyNames());
    platform
        .database
        .database()
        .useTx(tx ->
            tx.handle()
                .createUpdate(
                    "insert into %s (%s) select %s from json_populate_record(null::%s, :row::json)"
                        .formatted(table, columns, columns, table))
                .bind("row", Json.write(row))
                .execute());
  }

  /// The run as it was when its node died after `steps` of its steps.
  private static void interrupted(ObjectNode journal, int steps) {
    var data = ((ObjectNode) journal.path("run_data").path(0)).deepCopy();
    data.putNull("result").putNull("error");
    for (var i = 0; i < steps; i++) {
      insert("run_step", journal.path("run_step").path(i));
    }
    var run = ((ObjectNode) journal.path("run").path(0)).deepCopy();
    run.put("state", "waiting").putNull("node_id").putNull("ended_at");
    run.put("due_at", "2026-01-01T00:00:00Z").put("deadline_at", "2100-01-01T00:00:00Z");
    run.put("steps_done", steps).put("current", "");
    insert("run", run);
    if (run.path("serial").isString()) {
      platform.sql(
          "insert into thread (workspace_id, id, user_id, agent_id) values ('%s', '%s', '%s', '%s') on conflict do nothing"
              .formatted(
                  id("{workspace}"), run.path("serial").asString(), id("{user}"), id("{agent}")));
    }
    insert("run_data", data);
  }

  @ParameterizedTest
  @ValueSource(strings = {"agent", "workflow"})
  void a_journal_of_this_release_goes_on_from_every_step_to_the_same_end(String kind)
      throws IOException {
    if (RECORDS) {
      record(kind);
    }
    var count = journal(kind, Ids.next("run")).path("run_step").size();
    assertThat(count).isGreaterThan(4);
    for (var steps = 0; steps <= count; steps++) {
      var run = Ids.next("run");
      var journal = journal(kind, run);
      interrupted(journal, steps);
      var job = platform.until(platform.ada, run.replace("run_", "job_"), "completed", "failed");
      assertThat(job.path("status").asString()).as(job.toString()).isEqualTo("completed");
      var result =
          Json.stored(
              platform.one(
                  "select result::text from run_data where run_id = '" + run + "'", String.class));
      assertThat(told(result))
          .as("after %d of %d steps", steps, count)
          .isEqualTo(told(journal.path("run_data").path(0).path("result")));
      assertThat(
              platform.one(
                  "select count(*) from run_step where fence = 1 and run_id = '" + run + "'",
                  Integer.class))
          .as("steps that the first owner did")
          .isEqualTo(steps);
    }
  }

  /// A result without the times in it.
  private static String told(JsonNode result) {
    return StreamSupport.stream(result.properties().spliterator(), false)
        .filter(entry -> !entry.getKey().matches("completed_at|execution_time.*|duration.*"))
        .map(entry ->
            entry.getKey()
                + "="
                + Json.write(entry.getValue()).replaceAll("\"[^\"]*(time|_ms|_at)\":[^,}]*", ""))
        .sorted()
        .toList()
        .toString();
  }
}
