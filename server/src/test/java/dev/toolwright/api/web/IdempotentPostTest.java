package dev.toolwright.api.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.account.Role;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IdempotentPostTest {
  private static final AtomicInteger DONE = new AtomicInteger();
  private static final CountDownLatch OPEN = new CountDownLatch(1);
  private static final WebFixture SERVER = new WebFixture(IdempotentPostTest::routes);

  private static List<Route> routes(WebFixture fixture) {
    return List.of(
        route("/agents/create", IdempotentPostTest::create),
        route("/agents/tools/{name}/test", IdempotentPostTest::create),
        route("/agents/other", IdempotentPostTest::create),
        route("/api/tokens", IdempotentPostTest::create).with(Route.Trait.STORES_NO_BODY),
        route("/agents/stuck", IdempotentPostTest::waitForTest),
        route("/agents/execute", x -> execute(fixture, x)));
  }

  private static Route route(String path, Handler handler) {
    return Route.of("POST", path, Access.group("agents"), Role.VIEWER, "", handler);
  }

  private static void create(Exchange x) {
    var done = DONE.incrementAndGet();
    switch (x.body().path("do").stringValue("")) {
      case "refuse" -> throw Problem.invalid("no");
      case "crash" -> throw new IllegalStateException("crash");
      case "limit" -> x.json(429, Json.object());
      default -> x.json(201, Json.object().put("number", done));
    }
  }

  private static void waitForTest(Exchange x) throws InterruptedException {
    OPEN.await();
    x.json(200, Json.object());
  }

  /// The work and its answer in one transaction; "then" says what goes wrong after it or in it.
  private static void execute(WebFixture fixture, Exchange x) {
    var then = x.body().path("then").stringValue("");
    fixture
        .database
        .database()
        .useTx(tx -> {
          x.idempotent(tx, 200, Json.object().put("number", DONE.incrementAndGet()));
          if (then.equals("roll back")) {
            throw Problem.of(Problem.Kind.CONFLICT, "no");
          }
        });
    if (then.equals("crash")) {
      throw new IllegalStateException("killed between commit and answer");
    }
  }

  @BeforeEach
  void forget() {
    SERVER
        .database
        .database()
        .useTx(tx -> tx.handle().execute("delete from idempotency where state <> 'open'"));
    DONE.set(0);
  }

  @AfterAll
  static void stop() {
    OPEN.countDown();
    SERVER.close();
  }

  private static HttpResponse<String> post(String path, String key, String body) throws Exception {
    return post(path, key, body, SERVER.token);
  }

  private static HttpResponse<String> post(String path, String key, String body, String token)
      throws Exception {
    return SERVER.send(
        SERVER.request("POST", path, body).header("X-Token", token).header("Idempotency-Key", key));
  }

  @Test
  void the_same_request_gets_the_first_answer() throws Exception {
    var first = post("/agents/create", "k", "{}");
    var again = post("/agents/create", "k", "{}");
    assertThat(again.statusCode()).isEqualTo(201);
    assertThat(again.body()).isEqualTo(first.body()).isEqualTo("{\"number\":1}");
    assertThat(first.headers().firstValue("Idempotency-Replayed")).isEmpty();
    assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
    assertThat(DONE).hasValue(1);
  }

  @Test
  void another_body_is_a_conflict_and_another_path_or_caller_another_request() throws Exception {
    post("/agents/create", "k", "{}");
    assertThat(post("/agents/create", "k", "{\"a\":1}").statusCode()).isEqualTo(409);
    assertThat(post("/agents/create?x=1", "k", "{}").statusCode()).isEqualTo(409);
    assertThat(post("/agents/other", "k", "{}").body()).isEqualTo("{\"number\":2}");
    assertThat(post("/agents/create", "k", "{}", SERVER.viewerToken).body())
        .isEqualTo("{\"number\":3}");
  }

  @Test
  void many_at_once_are_done_once() throws Exception {
    var answers = new ArrayList<Future<HttpResponse<String>>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 8; i++) {
        answers.add(threads.submit(() -> post("/agents/create", "race", "{}")));
      }
    }
    for (var answer : answers) {
      assertThat(answer.get().body()).isEqualTo("{\"number\":1}");
    }
  }

  @Test
  void what_was_refused_or_failed_can_be_tried_again() throws Exception {
    for (var fault : List.of("refuse", "crash", "limit")) {
      var body = "{\"do\":\"" + fault + "\"}";
      var first = post("/agents/create", fault, body);
      var again = post("/agents/create", fault, body);
      assertThat(again.statusCode()).isEqualTo(first.statusCode());
      assertThat(again.headers().firstValue("Idempotency-Replayed")).isEmpty();
    }
    assertThat(DONE).hasValue(6);
  }

  @Test
  void an_answer_with_a_secret_is_not_kept() throws Exception {
    assertThat(post("/api/tokens", "k", "{}", SERVER.adminToken).statusCode()).isEqualTo(201);
    var again = post("/api/tokens", "k", "{}", SERVER.adminToken);
    assertThat(again.statusCode()).isEqualTo(409);
    assertThat(again.body()).doesNotContain("number");
    assertThat(DONE).hasValue(1);
  }

  @Test
  void what_was_committed_is_answered_though_the_first_answer_was_lost() throws Exception {
    var body = "{\"then\":\"crash\"}";
    assertThat(post("/agents/execute", "k", body).statusCode()).isEqualTo(500);
    var again = post("/agents/execute", "k", body);
    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(again.body()).isEqualTo("{\"number\":1}");
    assertThat(DONE).hasValue(1);
  }

  @Test
  void what_was_rolled_back_is_done_anew() throws Exception {
    var body = "{\"then\":\"roll back\"}";
    assertThat(post("/agents/execute", "k", body).statusCode()).isEqualTo(409);
    assertThat(post("/agents/execute", "k", body).statusCode()).isEqualTo(409);
    assertThat(DONE).hasValue(2);
    assertThat(SERVER.call("POST", "/agents/execute", "{}").statusCode()).isEqualTo(200);
  }

  @Test
  void a_key_in_use_is_waited_for_and_then_refused() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ExecutorCompletionService<HttpResponse<String>>(threads);
      answers.submit(() -> post("/agents/stuck", "k", "{}"));
      answers.submit(() -> post("/agents/stuck", "k", "{}"));
      // Whichever comes second gives up while the other is still held.
      var refused = answers.take().get();
      assertThat(refused.statusCode()).isEqualTo(409);
      assertThat(refused.headers().firstValue("Retry-After")).isPresent();
      OPEN.countDown();
      assertThat(answers.take().get().statusCode()).isEqualTo(200);
    }
  }

  @Test
  void a_path_may_be_long() throws Exception {
    var path = "/agents/tools/" + Ids.random(5_000) + "/test";
    assertThat(post(path, "k", "{}").statusCode()).isEqualTo(201);
    assertThat(post(path, "k", "{}").body()).isEqualTo("{\"number\":1}");
  }

  @Test
  void a_key_is_short_and_printable() throws Exception {
    assertThat(post("/agents/create", "k".repeat(256), "{}").statusCode()).isEqualTo(400);
    assertThat(post("/agents/create", "k".repeat(255), "{}").statusCode()).isEqualTo(201);
    assertThat(post("/agents/create", "", "{}").statusCode()).isEqualTo(400);
  }
}
