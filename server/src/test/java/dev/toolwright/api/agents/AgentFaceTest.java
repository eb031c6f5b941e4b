package dev.toolwright.api.agents;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import dev.toolwright.account.Role;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Agents and jobs on the Agents face, on the whole server.
@SuppressWarnings("NullAway.Init")
class AgentFaceTest {
  private static TestPlatform platform;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  @Test
  void an_agent_is_made_and_shown_with_the_fields_of_the_contract() {
    var body =
        json(
            "{'name':'My Business Assistant','instructions':'You are helpful.','tools':['word_count'],"
                + "'model':'gpt-4o','temperature':0.7,'metadata':{'department':'Operations'}}");
    var created = platform.post(platform.ada, "/agents/create", body).as(200);
    assertThat(created.propertyNames())
        .containsExactlyInAnyOrder("response", "agent_id", "message", "model");
    assertThat(created.path("message").asString()).isEqualTo("Agent created successfully");
    var id = created.path("agent_id").asString();
    assertThat(id).startsWith("asst_");

    var minimal =
        platform
            .post(platform.ada, "/agents/create", json("{'name':'m','instructions':'i'}"))
            .as(200);
    assertThat(minimal.path("model").asString()).isEqualTo("gpt-4o");
    var shown = platform.get(platform.ada, "/agents/" + id).as(200);
    assertThat(shown.path("metadata").path("department").asString()).isEqualTo("Operations");
    assertThat(shown.path("instructions").asString()).isEqualTo("You are helpful.");

    var list = platform.get(platform.ada, "/agents/list").as(200);
    assertThat(list.path("count").asInt()).isEqualTo(list.path("agents").size());
    for (var agent : list.path("agents")) {
      assertThat(agent.propertyNames())
          .contains(
              "agent_id",
              "name",
              "description",
              "model",
              "temperature",
              "tools",
              "is_owner",
              "is_shared",
              "created_at");
    }
    var updated = platform.put(platform.ada, "/agents/" + id, json("{'temperature':0.2}")).as(200);
    assertThat(updated.path("version").asInt()).isEqualTo(2);
    assertThat(platform.get(platform.ada, "/agents/" + id).body().path("tools"))
        .isEqualTo(Json.array().add("word_count"));
    platform.get(platform.bob, "/agents/" + id).as(404);
    platform.delete(platform.ada, "/agents/" + id).as(200);
    platform.get(platform.ada, "/agents/" + id).as(404);
  }

  @Test
  void every_fault_of_an_agent_is_told_at_once() {
    var refused =
        platform
            .post(platform.ada, "/agents/create", json("{'temperature':3,'tools':'x','colour':1}"))
            .as(400);
    assertThat(refused.path("message").toString())
        .contains("name is required", "instructions is required", "temperature", "tools", "colour");
    var unknown = json("{'name':'n','instructions':'i','tools':['word_count','nope','nada']}");
    var forbidden = platform.post(platform.ada, "/agents/create", unknown).as(403);
    assertThat(forbidden.path("message").asString())
        .contains("nope", "nada")
        .doesNotContain("word_count");
    platform.post(platform.vera, "/agents/create", json("{'name':'n','instructions':'i'}")).as(403);
  }

  @Test
  void a_job_is_started_polled_and_listed_with_the_fields_of_the_contract() {
    var user = platform.newUser(Role.MEMBER);
    var agent = platform.agent(user, "word_count");
    var started =
        platform
            .post(
                user,
                "/agents/execute",
                Json.object().put("agent_id", agent).put("message", "SAY hi"))
            .as(200);
    var job = started.path("job_id").asString();
    assertThat(started)
        .isEqualTo(
            Json.object()
                .put("response", "200")
                .put("job_id", job)
                .put("message", "Agent execution started")
                .put("status_url", "/agents/status/" + job)
                .put("model", "agent_execution")
                .put("prompt_tokens", 0)
                .put("completion_tokens", 0)
                .put("total_tokens", 0));
    var ended = platform.get(user, "/agents/status/" + job + "?wait=30").as(200);
    assertThat(ended.path("status").asString()).isEqualTo("completed");
    assertThat(ended.propertyNames())
        .contains(
            "response",
            "job_id",
            "status",
            "created_at",
            "started_at",
            "completed_at",
            "error_message",
            "elapsed_seconds",
            "estimated_remaining",
            "progress",
            "result");
    assertThat(ended.path("completed_at").asString()).matches("[-0-9]+T[:0-9]+Z");
    assertThat(ended.path("result").path("response").asString()).isEqualTo("hi");
    assertThat(
            platform.one(
                "select spent from user_meter where user_id = '" + user.caller().userId() + "'",
                Double.class))
        .isEqualTo(6.0);

    var failed = platform.ended(user, agent, "ERROR 400\nSAY never");
    assertThat(failed.path("status").asString()).isEqualTo("failed");
    var recent = platform.get(user, "/jobs/status/recent").as(200).path("jobs");
    assertThat(recent).hasSize(2);
    assertThat(recent.get(0).path("job_id")).isEqualTo(failed.path("job_id"));
    assertThat(recent.get(1).path("error_message").asString("?")).isEmpty();
    assertThat(recent.get(0).path("error_message").asString()).isNotEmpty();
    assertThat(recent.get(0).propertyNames())
        .contains("id", "job_id", "kind", "status", "error_message", "created_at", "completed_at");
    assertThat(platform.get(user, "/jobs/status/recent?status=failed").body().path("jobs"))
        .hasSize(1);
    platform.get(user, "/jobs/status/recent?status=odd").as(400);
    platform.get(platform.bob, "/agents/status/" + job).as(404);
    platform.get(platform.root, "/agents/status/" + job).as(200);
    // A job in which no model worked costs nothing.
    assertThat(
            platform.one(
                "select spent from user_meter where user_id = '" + user.caller().userId() + "'",
                Double.class))
        .isEqualTo(6.0);
  }

  @Test
  void a_job_needs_credits_and_leaves_nothing_without() {
    var user = platform.newUser(Role.MEMBER);
    var agent = platform.agent(user);
    platform.sql(
        "update user_meter set credit_limit = 5.5 where user_id = '"
            + user.caller().userId()
            + "'");
    platform
        .post(user, "/agents/execute", Json.object().put("agent_id", agent).put("message", "SAY x"))
        .as(402);
    assertThat(
            platform.one(
                "select count(*) from run where user_id = '" + user.caller().userId() + "'",
                Integer.class))
        .isZero();
    assertThat(
            platform.one(
                "select count(*) from thread where user_id = '" + user.caller().userId() + "'",
                Integer.class))
        .isZero();
    assertThat(
            platform.one(
                "select reserved from user_meter where user_id = '" + user.caller().userId() + "'",
                Double.class))
        .isZero();
  }

  @Test
  void a_repeated_key_starts_one_job() {
    var agent = platform.agent(platform.ada);
    var body = Json.write(Json.object().put("agent_id", agent).put("message", "SAY once"));
    var jobs = new ArrayList<String>();
    for (var i = 0; i < 3; i++) {
      var answer =
          platform.send(
              platform
                  .request("POST", "/agents/execute", body)
                  .header("X-Token", platform.ada.token())
                  .header("Idempotency-Key", "same-" + agent));
      jobs.add(answer.as(200).path("job_id").asString());
    }
    assertThat(jobs.stream().distinct()).hasSize(1);
  }

  @Test
  void a_step_whose_outcome_is_unknown_is_asked_about_over_http() {
    try (var remote = new Remote()) {
      remote.at(
          "/pay",
          (exchange, count) -> {
            if (count > 1) {
              Remote.send(exchange, 200, "{\"paid\": " + count + "}");
            }
          });
      var tool = name("pay");
      platform.tool(platform.ada, http(tool, "POST", remote.url() + "/pay"));
      var agent = platform.agent(platform.ada, tool);
      var job =
          platform.execute(
              platform.ada,
              agent,
              "CALL " + tool + " {\"amount\": 5}\n---\nSAY <<last_tool_result>>");
      var waiting = platform.until(platform.ada, job, "waiting").path("waiting").get(0);
      assertThat(waiting.path("reason").asString()).isEqualTo("outcome unknown");
      assertThat(waiting.path("tool").asString()).isEqualTo(tool);
      assertThat(waiting.path("sent").path("arguments")).isEqualTo(json("{'amount':5}"));
      assertThat(waiting.path("sent").path("method").asString()).isEqualTo("POST");
      assertThat(waiting.path("sent").path("url").asString()).isEqualTo(remote.url() + "/pay");
      assertThat(waiting.path("sent").path("idempotency_key").asString())
          .endsWith("/turn/1/call/1");
      var path = "/agents/status/" + job + "/resolve";
      platform.post(platform.ada, path, json("{}")).as(400);
      platform.post(platform.ada, path, json("{'action':'maybe'}")).as(400);
      platform.post(platform.bob, path, json("{'action':'repeat'}")).as(404);
      platform.post(platform.ada, path, json("{'action':'repeat','step':'turn/9/call/1'}")).as(409);
      platform.post(platform.ada, path, json("{'action':'repeat'}")).as(200);
      var ended = platform.until(platform.ada, job, "completed");
      assertThat(ended.path("result").path("response").asString()).isEqualTo("{\"paid\":2}");
      assertThat(remote.requests("/pay"))
          .extracting(request -> request.header("Idempotency-key"))
          .containsOnly(job.replace("job_", "run_") + "/turn/1/call/1");
    }
  }

  @Test
  void events_are_streamed_to_the_end_and_resumed() {
    var tool = name("stream");
    platform.tool(platform.ada, function(tool, "def run(parameters, context):\n    return 7\n"));
    var agent = platform.agent(platform.ada, tool);
    var job = platform.execute(platform.ada, agent, "CALL " + tool + " {}\n---\nSAY done");
    var path = "/agents/status/" + job + "/events";
    var all = platform.get(platform.ada, path).text();
    assertThat(events(all))
        .containsSubsequence("state", "step", "tool_call", "tool_result", "step", "state", "done");
    // What the model was saying has no number.
    var stored = events(all).stream().filter(type -> !type.equals("delta")).count();
    var last =
        platform.send(
            platform
                .request("GET", path, null)
                .header("X-Token", platform.ada.token())
                .header("Last-Event-ID", String.valueOf(stored - 2)));
    assertThat(events(last.text())).containsExactly("state", "done");
    assertThat(
            platform
                .send(
                    platform
                        .request("GET", path, null)
                        .header("X-Token", platform.ada.token())
                        .header("Last-Event-ID", "x"))
                .status())
        .isEqualTo(400);
  }

  private static List<String> events(String stream) {
    return stream
        .lines()
        .filter(line -> line.startsWith("event:"))
        .map(line -> line.substring(6).strip())
        .toList();
  }

  @Test
  void odd_names_and_ids_are_no_server_errors() {
    for (var id :
        List.of("x", "asst_", "%00", "%F0%9F%98%80", "..%2f..", "a".repeat(300), "'--", "job_1")) {
      for (var path : List.of("/agents/", "/agents/tools/", "/agents/status/")) {
        assertThat(platform.get(platform.ada, path + id).status()).as(path + id).isIn(400, 404);
      }
    }
    JsonNode none =
        platform
            .post(platform.ada, "/agents/execute", json("{'agent_id':'x','message':'m'}"))
            .as(404);
    assertThat(none.path("response").asString()).isEqualTo("404");
  }
}
