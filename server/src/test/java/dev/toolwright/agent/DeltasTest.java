package dev.toolwright.agent;

import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/// What a model is saying, as those hear it who follow the job.
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class DeltasTest {
  private static final String LONG_TEXT = "Zwölf Boxkämpfer 😀 jagen Viktor. ".repeat(10).strip();
  private static TestPlatform platform;
  private static String agent;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    agent = platform.agent(platform.ada);
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  /// @param id null where the event has none
  private record Event(String id, String type, JsonNode data) {
    boolean isDelta() {
      return type.equals("delta");
    }
  }

  private static List<Event> follow(URI address, String job, Consumer<Event> each)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create(address + "/agents/status/" + job + "/events"))
            .header("X-Token", platform.ada.token())
            .build();
    var events = new ArrayList<Event>();
    try (var client = HttpClient.newHttpClient()) {
      var id = "";
      var type = "";
      for (var line :
          (Iterable<String>) client.send(request, BodyHandlers.ofLines()).body()::iterator) {
        if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("event: ")) {
          type = line.substring(7);
        } else if (line.startsWith("data: ")) {
          events.add(new Event(id, type, Json.parse(line.substring(6))));
          each.accept(events.getLast());
          id = "";
        }
      }
    } catch (dev.toolwright.json.MalformedJson e) {
      throw new IllegalStateException(e);
    }
    return events;
  }

  private static List<Event> follow(String job) throws IOException, InterruptedException {
    return follow(platform.address, job, _ -> {});
  }

  /// As a client puts it together: what follows an offset is told anew.
  private static String text(List<Event> events) {
    var text = new StringBuilder();
    for (var event : events) {
      if (event.isDelta()) {
        var offset = event.data().path("offset").intValue();
        assertThat(offset).as("nothing is missing").isLessThanOrEqualTo(text.length());
        text.setLength(offset);
        text.append(event.data().path("text").asString());
      }
    }
    return text.toString();
  }

  private static String told(List<Event> events) {
    return events.stream()
        .filter(event -> event.type().equals("step"))
        .map(event -> event.data().path("text").asString())
        .reduce("", String::concat);
  }

  @Test
  void an_answer_is_read_while_it_is_written_and_a_few_times_a_second() throws Exception {
    var job = platform.execute(platform.ada, agent, "PACE 20\nSAY " + LONG_TEXT);
    var states = new ArrayList<String>();
    var events =
        follow(
            platform.address,
            job,
            event -> {
              if (event.isDelta() && states.isEmpty()) {
                states.add(platform.status(platform.ada, job).path("status").asString());
              }
            });

    assertThat(states).containsExactly("processing");
    assertThat(text(events)).isEqualTo(LONG_TEXT).isEqualTo(told(events));
    var deltas = events.stream().filter(Event::isDelta).toList();
    assertThat(deltas).hasSizeBetween(3, LONG_TEXT.length() / 10);
    assertThat(deltas).allMatch(delta -> delta.id().isEmpty());
    assertThat(deltas).allMatch(delta -> delta.data().path("step").intValue() == 1);
    assertThat(events.stream().map(Event::type).distinct())
        .as("all of it comes before the answer")
        .containsExactly("state", "delta", "step", "done");
  }

  @Test
  void nothing_of_it_is_stored_and_nothing_told_to_those_who_come_later() throws Exception {
    var job = platform.execute(platform.ada, agent, "PACE 10\nSAY " + LONG_TEXT);
    assertThat(text(follow(job))).isEqualTo(LONG_TEXT);

    assertThat(follow(job)).noneMatch(Event::isDelta);
    assertThat(platform.one("select count(*) from run_event where type = 'delta'", Long.class))
        .isZero();
  }

  @Test
  void the_first_who_follows_hears_it_from_the_beginning() throws Exception {
    var mark = name("late");
    var job = platform.execute(platform.ada, agent, "PACE 30\nSAY " + mark + LONG_TEXT);
    await()
        .until(() ->
            platform.model.requests().stream()
                .anyMatch(request -> request.body().toString().contains(mark)));

    assertThat(text(follow(job))).isEqualTo(mark + LONG_TEXT);
  }

  @Test
  void it_is_heard_on_another_node() throws Exception {
    var other = platform.another();
    var jobs = new ArrayList<String>();
    // Whoever works on them: each is followed on both nodes.
    for (var i = 0; i < 2; i++) {
      jobs.add(platform.execute(platform.ada, agent, "SLOW 1500\nPACE 20\nSAY " + i + LONG_TEXT));
    }
    for (var i = 0; i < 2; i++) {
      var job = jobs.get(i);
      var there = new ArrayList<Event>();
      var following =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  there.addAll(follow(other, job, _ -> {}));
                } catch (IOException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      var here = follow(job);
      following.join();
      if (i == 0) {
        assertThat(text(here)).isEqualTo(i + LONG_TEXT);
        assertThat(text(there)).isEqualTo(i + LONG_TEXT);
      }
      assertThat(told(here)).isEqualTo(i + LONG_TEXT);
      assertThat(told(there)).isEqualTo(i + LONG_TEXT);
    }
  }

  @Test
  void an_answer_that_breaks_off_is_heard_again_from_its_beginning() throws Exception {
    var job = platform.execute(platform.ada, agent, "PACE 10\nSLOW 300\nCUT 1\nSAY " + LONG_TEXT);
    var events = follow(job);

    assertThat(text(events)).isEqualTo(LONG_TEXT);
    assertThat(events.stream().filter(e -> e.data().path("offset").asInt(-1) == 0)).hasSize(2);
    assertThat(events.stream().filter(event -> event.type().equals("step"))).hasSize(1);
  }

  @Test
  void what_the_rehearsal_says_is_heard() throws Exception {
    try (var remote = new Remote()) {
      var go = new Semaphore(0);
      remote.at(
          "/wait",
          (exchange, _) -> {
            go.acquire();
            Remote.send(exchange, 200, "{}");
          });
      var tool = name("wait");
      platform.tool(platform.ada, http(tool, "GET", remote.url() + "/wait"));
      var body = Json.object().put("name", "R").put("instructions", "x").put("model", "rehearsal");
      body.putArray("tools").add(tool);
      var rehearsed =
          platform.post(platform.ada, "/agents/create", body).as(200).path("agent_id").asString();
      var job = platform.execute(platform.ada, rehearsed, "CALL " + tool + " {}\n---\nSAY heard");
      var events =
          follow(
              platform.address,
              job,
              event -> {
                if (event.type().equals("tool_call")) {
                  go.release();
                }
              });

      assertThat(text(events)).isEqualTo("heard");
      assertThat(events.stream().filter(Event::isDelta))
          .allMatch(delta -> delta.data().path("step").intValue() == 2);
    }
  }

  @Test
  void a_job_is_cancelled_in_the_middle_of_an_answer() throws Exception {
    var job = platform.execute(platform.ada, agent, "PACE 100\nSAY " + LONG_TEXT.repeat(10));
    var cancelled = new ArrayList<Long>();
    follow(
        platform.address,
        job,
        event -> {
          if (event.isDelta() && cancelled.isEmpty()) {
            cancelled.add(System.nanoTime());
            platform.post(platform.ada, "/agents/status/" + job + "/cancel", Json.object()).as(200);
          }
        });

    assertThat(Duration.ofNanos(System.nanoTime() - cancelled.getFirst()))
        .isLessThan(Duration.ofSeconds(2));
    assertThat(platform.status(platform.ada, job).path("status").asString()).isEqualTo("cancelled");
  }
}
