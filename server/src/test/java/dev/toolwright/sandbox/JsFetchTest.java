package dev.toolwright.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.json.Json;
import dev.toolwright.sandbox.FunctionResult.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// What JavaScript asks for while it runs, and how the answers come back.
@Timeout(120)
@SuppressWarnings("StringConcatToTextBlock") // pieces of code, to stand inside a function
class JsFetchTest {
  private static TestJavaScript js;

  @BeforeAll
  static void open() throws IOException {
    js = TestJavaScript.open();
  }

  @AfterAll
  static void close() {
    js.close();
  }

  private static FunctionResult run(String workspace, String code, Outlet outlet, Duration time)
      throws InterruptedException {
    var given = Json.object();
    var context = Json.object().put("user_id", "u");
    return js.sandbox()
        .run(new JsCall(workspace, "user_a", code, null, null, given, context, outlet, time));
  }

  private static FunctionResult run(String code, Outlet outlet) throws InterruptedException {
    return run("workspace_a", code, outlet, TestJavaScript.LONG);
  }

  private static JsonNode value(String code, Outlet outlet) throws InterruptedException {
    return TestJavaScript.value(run(code, outlet));
  }

  private static String raised(String code, Outlet outlet) throws InterruptedException {
    var result = run(code, outlet);
    assertThat(result).isInstanceOf(FunctionResult.Raised.class);
    return ((FunctionResult.Raised) result).type()
        + ": "
        + ((FunctionResult.Raised) result).message();
  }

  private static TestOutlet hello() {
    return TestOutlet.of(_ -> "{\"hello\":\"wörld\"}".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void a_response_is_like_that_of_fetch() throws Exception {
    var outlet = hello();
    var code =
        "const r = await context.fetch('https://a.test/x');\n"
            + "return [r.status, r.ok, await r.json(), await r.text(), r.headers.get('X-Mark'),"
            + " r.headers.has('x-mark'), r.headers.get('none'), r.headers.entries(), r.url]";
    assertThat(value(code, outlet))
        .isEqualTo(
            Json.parse(
                "[200,true,{\"hello\":\"wörld\"},\"{\\\"hello\\\":\\\"wörld\\\"}\",\"m\",true,null,"
                    + "[[\"x-mark\",\"m\"]],\"https://a.test/x\"]"));
    assertThat(outlet.questions)
        .containsExactly(Json.parse("{\"url\":\"https://a.test/x\",\"method\":\"GET\"}"));
  }

  @Test
  void all_that_is_said_of_a_request_is_asked_for() throws Exception {
    var outlet = hello();
    value(
        "await context.fetch('https://a.test/', {method: 'post', headers: {'X-A': 1},"
            + " body: {k: [1]}, params: {q: ['a', null, 'ü'], n: 2},"
            + " auth: {username: 'u', password: 'p'}, timeout: 3.5});\n"
            + "await context.fetch('https://a.test/', {method: 'PUT', body: JSON.stringify([1])});\n"
            + "await context.fetch('https://a.test/', {method: 'PUT', json: 'x'});\n"
            + "await context.fetch('https://a.test/', {method: 'PUT', body: null, unknown: 1});",
        outlet);
    assertThat(outlet.questions)
        .containsExactly(
            Json.parse(
                "{\"url\":\"https://a.test/\",\"method\":\"POST\",\"headers\":{\"X-A\":\"1\"},"
                    + "\"params\":[[\"q\",\"a\"],[\"q\",\"ü\"],[\"n\",\"2\"]],\"auth\":[\"u\",\"p\"],"
                    + "\"timeout\":3.5,\"json\":{\"k\":[1]}}"),
            Json.parse("{\"url\":\"https://a.test/\",\"method\":\"PUT\",\"text\":\"[1]\"}"),
            Json.parse("{\"url\":\"https://a.test/\",\"method\":\"PUT\",\"json\":\"x\"}"),
            Json.parse("{\"url\":\"https://a.test/\",\"method\":\"PUT\"}"));
    assertThat(raised("await context.fetch('https://a.test/', {json: {f: () => 1}})", outlet))
        .contains("has no form in JSON");
  }

  @Test
  void requests_that_do_not_wait_for_each_other_are_under_way_at_once() throws Exception {
    var together = new CyclicBarrier(3);
    var outlet =
        new TestOutlet(
            (number, _) -> {
              try {
                together.await(20, TimeUnit.SECONDS);
              } catch (java.util.concurrent.BrokenBarrierException
                  | java.util.concurrent.TimeoutException e) {
                return TestOutlet.error("refused", "they came one by one");
              }
              return TestOutlet.answer(Integer.toString(number).getBytes(StandardCharsets.UTF_8));
            },
            true);
    var code =
        "const all = await Promise.all([1, 2, 3].map(n => context.fetch('https://a.test/' + n)));\n"
            + "return await Promise.all(all.map(r => r.json()))";
    assertThat(value(code, outlet)).isEqualTo(Json.parse("[1,2,3]"));
    assertThat(outlet.questions.stream().map(q -> q.path("url").asString()))
        .containsExactly("https://a.test/1", "https://a.test/2", "https://a.test/3");
  }

  @Test
  void a_request_that_nobody_awaits_is_made_all_the_same() throws Exception {
    var outlet = hello();
    assertThat(value("context.fetch('https://a.test/1'); return 'gone'", outlet).asString())
        .isEqualTo("gone");
    assertThat(raised("context.fetch('https://a.test/2'); throw new Error('x')", outlet))
        .isEqualTo("Error: x");
    assertThat(outlet.questions).hasSize(2);
  }

  @Test
  void what_has_no_answer_rejects() throws Exception {
    var outlet = new TestOutlet((_, _) -> TestOutlet.error("timeout", "too late"), true);
    assertThat(raised("await context.fetch('https://a.test/')", outlet))
        .isEqualTo("FetchError: too late");
    assertThat(
            value(
                    "try { await context.fetch('https://a.test/') }"
                        + " catch (e) { return [e instanceof Error, e.message] }",
                    outlet)
                .toString())
        .isEqualTo("[true,\"too late\"]");
  }

  @Test
  void without_hosts_the_error_says_how_to_allow_them() throws Exception {
    assertThat(js.raised("await context.fetch('https://a.test/')").message())
        .contains("allowed_hosts", "context.fetch(");
    assertThat(js.raised("await fetch('https://a.test/')").message())
        .contains("fetch is not defined", "allowed_hosts", "context.fetch");
  }

  @Test
  void a_context_is_still_data() throws Exception {
    assertThat(value("return [context, {...context}, JSON.stringify(context)]", hello()))
        .isEqualTo(
            Json.parse(
                "[{\"user_id\":\"u\"},{\"user_id\":\"u\"},\"{\\\"user_id\\\":\\\"u\\\"}\"]"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100_000, 1 << 20})
  void an_answer_of_any_size_arrives_whole(int size) throws Exception {
    var text = "ab😀".repeat(size / 6 + 1).substring(0, size / 2);
    var outlet = TestOutlet.of(_ -> text.getBytes(StandardCharsets.UTF_8));
    var code =
        "const t = await (await context.fetch('https://a.test/')).text();\n"
            + "return [t.length, [...t].length, t.slice(-2)]";
    assertThat(value(code, outlet))
        .isEqualTo(
            Json.array()
                .add(text.length())
                .add(text.codePointCount(0, text.length()))
                .add(text.substring(Math.max(0, text.length() - 2))));
  }

  @Test
  void more_than_fifty_requests_are_refused_and_the_call_goes_on() throws Exception {
    var outlet = hello();
    var code =
        """
        let done = 0; const refused = [];
        for (let i = 0; i < 60; i++) {
          try { await context.fetch('https://a.test/' + i); done++ }
          catch (e) { refused.push(e.message) } }
        return [done, refused.length, refused[0]]
        """;
    assertThat(value(code, outlet))
        .isEqualTo(Json.parse("[50,10,\"A call may make at most 50 requests.\"]"));
    assertThat(outlet.questions).hasSize(50);
    var all =
        "return (await Promise.allSettled(Array.from({length: 3000},"
            + " (_, i) => context.fetch('https://a.test/' + i))))"
            + ".filter(r => r.status === 'fulfilled').length";
    assertThat(value(all, hello()).asInt()).isEqualTo(50);
  }

  @Test
  void a_request_that_is_too_large_is_refused() throws Exception {
    var outlet = hello();
    assertThat(raised("await context.fetch('https://a.test/', {body: 'ü'.repeat(600000)})", outlet))
        .contains("at most 1048576 bytes");
    assertThat(outlet.questions).isEmpty();
  }

  /// Whatever a tool changes of the language, it forges its own requests and results only.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Promise.prototype.then = () => 1; Object.prototype.error = 'forged';",
        "JSON.parse = () => ({}); JSON.stringify = () => 'x'; Object.keys = () => [];",
        "Object.prototype.then = undefined; Array.prototype.push = null; Array.isArray = null;",
        "String.prototype.toLowerCase = () => { throw new Error('no') }; globalThis.Map = null;",
        "Object.defineProperty(Object.prototype, 'url', {set() {}, get() { return 'x' }});"
      })
  void a_changed_language_breaks_nothing_outside(String change) throws Exception {
    var result =
        run(
            "workspace_a",
            change + "return (await context.fetch('https://a.test/')).status",
            hello(),
            Duration.ofSeconds(5));
    assertThat(result).isNotInstanceOf(FunctionResult.Refused.class);
    js.assertWorks("workspace_a");
    js.assertWorks("workspace_b");
  }

  @Test
  void a_call_that_waits_for_an_answer_ends_with_its_time() throws Exception {
    var interrupted = new Semaphore(0);
    var outlet =
        new TestOutlet(
            (_, _) -> {
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                interrupted.release();
                throw e;
              }
              return TestOutlet.answer(new byte[0]);
            },
            true);
    js.assertWorks("workspace_a");
    var worker = js.sandbox().workerPid("workspace_a");
    assertThat(
            run(
                "workspace_a",
                "console.log('asking'); await context.fetch('https://a.test/')",
                outlet,
                Duration.ofMillis(700)))
        .isInstanceOfSatisfying(
            FunctionResult.Stopped.class,
            s -> {
              assertThat(s.reason()).isEqualTo(Reason.TIMEOUT);
              assertThat(s.logs()).containsExactly("asking");
            });
    interrupted.acquire();
    js.assertWorks("workspace_a");
    assertThat(js.sandbox().workerPid("workspace_a")).isEqualTo(worker);
  }

  @Test
  void interrupting_the_caller_interrupts_the_answers() throws Exception {
    var asked = new Semaphore(0);
    var interrupted = new Semaphore(0);
    var outlet =
        new TestOutlet(
            (_, _) -> {
              try {
                asked.release();
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                interrupted.release();
                throw e;
              }
              return TestOutlet.answer(new byte[0]);
            },
            true);
    var caller =
        Thread.startVirtualThread(() -> {
          try {
            run("await context.fetch('https://a.test/')", outlet);
          } catch (InterruptedException e) {
            // as it should be
          }
        });
    asked.acquire();
    caller.interrupt();
    interrupted.acquire();
    caller.join();
    js.assertWorks("workspace_a");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_call_lost_with_the_worker_begins_again_only_if_it_may(boolean may) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var asked = new Semaphore(0);
      var outlet =
          new TestOutlet(
              (number, _) -> {
                asked.release();
                if (number == 1) {
                  new CountDownLatch(1).await();
                }
                return TestOutlet.answer("1".getBytes(StandardCharsets.UTF_8));
              },
              may);
      var code = "return (await context.fetch('https://a.test/')).json()";
      js.assertWorks("workspace_lost");
      var call = threads.submit(() -> run("workspace_lost", code, outlet, Duration.ofSeconds(60)));
      asked.acquire();
      ProcessHandle.of(js.sandbox().workerPid("workspace_lost")).orElseThrow().destroyForcibly();
      assertThat(call.get())
          .isInstanceOf(may ? FunctionResult.Returned.class : FunctionResult.Stopped.class);
      assertThat(outlet.beginnings).hasValue(1);
      assertThat(outlet.questions).hasSize(may ? 2 : 1);
    }
  }
}
