package dev.toolwright.schedule;

import static dev.toolwright.TestPlatform.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.User;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Agents and workflows that start at a time.
@SuppressWarnings("NullAway.Init")
class SchedulesTest {
  private static TestPlatform platform;
  private static User ada;
  private static String agent;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    ada = platform.ada;
    agent = platform.agent(ada);
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static JsonNode made(String more) {
    return platform
        .post(
            ada,
            "/api/schedules",
            json(
                "{'name':'n','agent_id':'"
                    + agent
                    + "','input':{'message':'SAY on time ${schedule.name}'},"
                    + more
                    + "}"))
        .as(201);
  }

  private static JsonNode shown(JsonNode schedule) {
    return platform.get(ada, "/api/schedules/" + schedule.path("id").asString()).as(200);
  }

  /// Has the time of a schedule come so long ago.
  private static void due(JsonNode schedule, String ago) {
    platform.sql(
        "update schedule set next_at = date_trunc('minute', now()) - interval '"
            + ago
            + "' where id = '"
            + schedule.path("id").asString()
            + "'");
  }

  private static int runs(JsonNode schedule) {
    return platform.one(
        "select count(*) from run_data where input::text like '%on time n%' and run_id >= 'run_"
            + schedule.path("id").asString().substring("sched_".length())
            + "'",
        Integer.class);
  }

  private static JsonNode begun(JsonNode schedule) {
    await().atMost(Duration.ofSeconds(20)).until(() -> !shown(schedule).path("last_at").isNull());
    return shown(schedule);
  }

  @Test
  void what_is_due_starts_once_though_two_servers_look() {
    platform.another();
    // A time that is not soon again, whenever this runs.
    var schedule = made("'cron':'0 0 1 1 *'");
    due(schedule, "30 seconds");
    var after = begun(schedule);
    var job = after.path("last_job_id").asString();
    assertThat(platform.until(ada, job, "completed").at("/result/response").asString())
        .isEqualTo("on time n");
    assertThat(after.path("next_at").asString()).isGreaterThan(after.path("last_at").asString());
    assertThat(runs(schedule)).isEqualTo(1);
  }

  @Test
  void what_starts_has_the_priority_of_its_schedule() {
    var schedule = made("'cron':'0 0 1 1 *','priority':'high'");
    assertThat(schedule.path("priority").asString()).isEqualTo("high");
    var path = "/api/schedules/" + schedule.path("id").asString();
    var changed = platform.put(ada, path, json("{'priority':'low'}")).as(200);
    assertThat(changed.path("priority").asString()).isEqualTo("low");
    assertThat(platform.put(ada, path, json("{'name':'n'}")).as(200).path("priority").asString())
        .isEqualTo("low");
    due(schedule, "30 seconds");
    var job = begun(schedule).path("last_job_id").asString();
    assertThat(platform.until(ada, job, "completed").path("priority").asString()).isEqualTo("low");
    assertThat(made("'cron':'0 0 1 1 *'").path("priority").asString()).isEqualTo("normal");
    assertThat(platform.put(ada, path, json("{'priority':'urgent'}")).as(400).toString())
        .contains("priority must be one of");
  }

  @Test
  void a_single_time_starts_once_and_never_again() {
    var schedule = made("'at':'2020-01-01T00:00:00Z'");
    var after = begun(schedule);
    assertThat(after.path("next_at").isNull()).isTrue();
    assertThat(after.path("last_job_id").isNull()).isFalse();
  }

  @Test
  void missed_times_are_skipped_or_made_up_for_once_or_all() {
    var skipped = made("'cron':'* * * * *','missed':'skip'");
    due(skipped, "10 minutes");
    assertThat(begun(skipped).path("last_job_id").isNull()).isTrue();
    assertThat(shown(skipped).path("last_error").asString()).contains("missed");
    var all = made("'cron':'* * * * *','missed':'all'");
    due(all, "4 minutes");
    await().atMost(Duration.ofSeconds(30)).until(() -> runs(all) >= 4);
  }

  @Test
  void what_cannot_start_says_why() {
    var gone = platform.agent(ada);
    var schedule =
        platform
            .post(
                ada,
                "/api/schedules",
                json(
                    "{'name':'n','agent_id':'"
                        + gone
                        + "','input':{'message':'x'},'cron':'* * * * *'}"))
            .as(201);
    platform.delete(ada, "/agents/" + gone).as(200);
    due(schedule, "5 seconds");
    assertThat(begun(schedule).path("last_error").asString()).contains("not found");
  }

  @Test
  void faults_are_named_together() {
    var answer =
        platform.post(
            ada,
            "/api/schedules",
            json(
                "{'name':'','cron':'9 to 5','timezone':'Mars','missed':'maybe','agent_id':'a','workflow_id':'b'}"));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text())
        .contains("name must not be empty", "cron is none of five fields", "missed must be one of")
        .contains("agent_id cannot stand beside", "input is required");
    assertThat(
            platform
                .post(
                    ada,
                    "/api/schedules",
                    json(
                        "{'name':'n','agent_id':'"
                            + agent
                            + "','input':{'message':'x'},'cron':'0 9 * * *','timezone':'Mars'}"))
                .text())
        .contains("timezone is no zone");
  }

  @Test
  void it_is_listed_changed_and_deleted_by_its_owner_alone() {
    var schedule = made("'cron':'0 9 * * 1-5','timezone':'Europe/Berlin'");
    var path = "/api/schedules/" + schedule.path("id").asString();
    assertThat(schedule.path("next_at").asString()).isNotEmpty();
    assertThat(platform.get(platform.bob, path).status()).isEqualTo(404);
    platform.put(ada, path, json("{'enabled':false}")).as(200);
    assertThat(shown(schedule).path("enabled").asBoolean()).isFalse();
    assertThat(shown(schedule).path("cron").asString()).isEqualTo("0 9 * * 1-5");
    platform.delete(ada, path).as(200);
    assertThat(platform.get(ada, path).status()).isEqualTo(404);
  }
}
