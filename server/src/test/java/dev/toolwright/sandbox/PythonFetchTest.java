package dev.toolwright.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.json.Json;
import dev.toolwright.sandbox.FunctionResult.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// What Python code asks for while it runs, and how the answers come back: over the same channel,
/// which a hostile tool may write to as well.
@Timeout(120)
@SuppressWarnings("StringConcatToTextBlock") // pieces of code, to stand inside a function
class PythonFetchTest {
  private static final Duration TIME = Duration.ofSeconds(20);
  private static TestSandbox python;

  @BeforeAll
  static void open() throws IOException {
    python = TestSandbox.open();
  }

  @AfterAll
  static void close() {
    python.close();
  }

  private static FunctionResult run(TestSandbox in, String code, Outlet outlet, Duration time)
      throws InterruptedException {
    return in.sandbox()
        .run(
            new PythonCall(
                "workspace_a",
                "user_a",
                code,
                null,
                Json.object(),
                Json.object().put("user_id", "u"),
                outlet,
                null,
                time));
  }

  private static FunctionResult run(String body, Outlet outlet) throws InterruptedException {
    return run(python, "def run(p, context):\n  " + body, outlet, TIME);
  }

  private static JsonNode value(String body, Outlet outlet) throws InterruptedException {
    var result = run(body, outlet);
    assertThat(result).isInstanceOf(FunctionResult.Returned.class);
    return ((FunctionResult.Returned) result).value();
  }

  private static FunctionResult.Raised raised(String body, Outlet outlet)
      throws InterruptedException {
    var result = run(body, outlet);
    assertThat(result).isInstanceOf(FunctionResult.Raised.class);
    return (FunctionResult.Raised) result;
  }

  private static FunctionResult.Stopped stopped(String body, Outlet outlet)
      throws InterruptedException {
    var result = run(body, outlet);
    assertThat(result).isInstanceOf(FunctionResult.Stopped.class);
    return (FunctionResult.Stopped) result;
  }

  private static TestOutlet hello() {
    return TestOutlet.of(_ -> "{\"hello\":\"wörld\"}".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void a_response_is_like_that_of_requests() throws Exception {
    var outlet = hello();
    var body =
        "r = context.fetch('https://a.test/x')\n"
            + "  return [r.status, r.status_code, r.ok, bool(r), r.json(), r.text, len(r.content),"
            + " r.headers['X-MARK'], r.headers.get('x-Mark'), 'X-Mark' in r.headers,"
            + " r.headers.get('none'), r.url, repr(r), r.raise_for_status()]";
    assertThat(value(body, outlet))
        .isEqualTo(
            Json.parse(
                "[200,200,true,true,{\"hello\":\"wörld\"},\"{\\\"hello\\\":\\\"wörld\\\"}\",18,"
                    + "\"m\",\"m\",true,null,\"https://a.test/x\",\"<Response [200]>\",null]"));
    assertThat(outlet.questions)
        .containsExactly(Json.parse("{\"url\":\"https://a.test/x\",\"method\":\"GET\"}"));
  }

  @Test
  void all_that_is_said_of_a_request_is_asked_for() throws Exception {
    var outlet = hello();
    value(
        "context.fetch('https://a.test/', 'post', headers={'X-A': 1, 'X-B': None}, json={'k': [1]},"
            + " params={'q': ['a', None, 'ü'], 'n': 2}, auth=('u', 'p'), timeout=(1, 2.5))\n"
            + "  context.fetch('https://a.test/', method='PUT', data='text')\n"
            + "  context.fetch('https://a.test/', method='PUT', body={'a': 1, 'b': ['x', 'y']})\n"
            + "  context.fetch('https://a.test/', method='PUT', data=b'\\x00\\xff')\n"
            + "  return 1",
        outlet);
    assertThat(outlet.questions)
        .containsExactly(
            Json.parse(
                "{\"url\":\"https://a.test/\",\"method\":\"POST\",\"headers\":{\"X-A\":\"1\"},"
                    + "\"params\":[[\"q\",\"a\"],[\"q\",\"ü\"],[\"n\",\"2\"]],\"auth\":[\"u\",\"p\"],"
                    + "\"timeout\":3.5,\"json\":{\"k\":[1]}}"),
            Json.parse("{\"url\":\"https://a.test/\",\"method\":\"PUT\",\"text\":\"text\"}"),
            Json.parse(
                "{\"url\":\"https://a.test/\",\"method\":\"PUT\","
                    + "\"form\":[[\"a\",\"1\"],[\"b\",\"x\"],[\"b\",\"y\"]]}"),
            Json.parse("{\"url\":\"https://a.test/\",\"method\":\"PUT\",\"base64\":\"AP8=\"}"));
  }

  @Test
  void an_async_function_may_await_it_and_gather_several() throws Exception {
    var outlet = TestOutlet.of(number -> Integer.toString(number).getBytes(StandardCharsets.UTF_8));
    var code =
        "import asyncio\nasync def run(p, context):\n  one = await context.fetch('https://a.test/1')\n"
            + "  rest = await asyncio.gather(context.fetch('https://a.test/2'),"
            + " context.fetch('https://a.test/3'))\n"
            + "  return [r.json() for r in [one, *rest]]";
    assertThat(run(python, code, outlet, TIME))
        .isInstanceOfSatisfying(
            FunctionResult.Returned.class,
            r -> assertThat(r.value()).isEqualTo(Json.stored("[1,2,3]")));
  }

  @Test
  void a_small_requests_can_be_imported() throws Exception {
    var outlet = hello();
    var body =
        "import requests\n  from requests.exceptions import HTTPError\n"
            + "  requests.get('https://a.test/', {'q': 1}, headers={'A': 'b'}).json()\n"
            + "  requests.post('https://a.test/', json={'k': 1})\n"
            + "  requests.post('https://a.test/', {'k': 1})\n"
            + "  requests.put('https://a.test/', data='x')\n  requests.patch('https://a.test/')\n"
            + "  requests.delete('https://a.test/')\n  requests.head('https://a.test/')\n"
            + "  requests.request('options', 'https://a.test/')\n"
            + "  with requests.Session() as s:\n    s.headers['T'] = 't'\n    s.auth = ('u', 'p')\n"
            + "    s.get('https://a.test/', headers={'U': 'u'})\n"
            + "  return issubclass(HTTPError, requests.RequestException)";
    assertThat(value(body, outlet).asBoolean()).isTrue();
    assertThat(outlet.questions.stream().map(q -> q.path("method").asString()))
        .containsExactly("GET", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "GET");
    assertThat(outlet.questions.getFirst().path("params")).isEqualTo(Json.parse("[[\"q\",\"1\"]]"));
    assertThat(outlet.questions.get(2).path("form")).isEqualTo(Json.parse("[[\"k\",\"1\"]]"));
    assertThat(outlet.questions.getLast().path("headers"))
        .isEqualTo(Json.parse("{\"T\":\"t\",\"U\":\"u\"}"));
    assertThat(outlet.questions.getLast().path("auth")).isEqualTo(Json.parse("[\"u\",\"p\"]"));
  }

  @Test
  void what_has_no_answer_is_an_exception_by_its_kind() throws Exception {
    for (var kind : new String[] {"timeout", "connection", "refused"}) {
      var outlet = new TestOutlet((_, _) -> TestOutlet.error(kind, "because of " + kind), true);
      assertThat(raised("context.fetch('https://a.test/')", outlet))
          .returns("because of " + kind, FunctionResult.Raised::message)
          .returns(
              kind.equals("timeout")
                  ? "Timeout"
                  : kind.equals("connection") ? "ConnectionError" : "FetchError",
              FunctionResult.Raised::type);
      assertThat(
              value(
                      "import requests\n  try: requests.get('https://a.test/')\n"
                          + "  except requests.RequestException as e: return str(e)",
                      outlet)
                  .asString())
          .isEqualTo("because of " + kind);
    }
  }

  @Test
  void an_answer_that_tells_of_failure_raises_when_asked_to() throws Exception {
    var outlet =
        new TestOutlet(
            (_, _) -> {
              var head = Json.object().put("status", 404).put("encoding", "utf-8");
              head.putObject("headers");
              return new Outlet.Answer(
                  head, "no such order".getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
            },
            true);
    assertThat(raised("context.fetch('https://a.test/o').raise_for_status()", outlet))
        .returns("HTTPError", FunctionResult.Raised::type)
        .returns("https://a.test/o answered 404: no such order", FunctionResult.Raised::message);
  }

  @Test
  void without_hosts_the_error_says_how_to_allow_them() throws Exception {
    var message = python.raised("def f(p, context): context.fetch('https://a.test/')").message();
    assertThat(message).contains("allowed_hosts", "context.fetch(");
    for (var module : new String[] {"requests", "pandas", "numpy.linalg"}) {
      assertThat(python.raised("def f(p, c):\n  import " + module).message())
          .contains("No module named", "standard library", "allowed_hosts", "context.fetch");
    }
    assertThat(raised("import pandas", hello()).message()).contains("allowed_hosts");
    assertThat(python.raised("def f(p, c):\n  import tkinter.nothing").message())
        .doesNotContain("allowed_hosts");
    assertThat(
            python.value(
                "def f(p, c):\n  import importlib.util\n"
                    + "  return importlib.util.find_spec('requests') is None"))
        .isEqualTo(Json.stored("true"));
  }

  @Test
  void a_context_is_still_a_dictionary() throws Exception {
    var body =
        "import copy, json\n  assert isinstance(context, dict) and context['user_id'] == 'u'\n"
            + "  assert json.dumps(context) == '{\"user_id\": \"u\"}'\n"
            + "  assert copy.deepcopy(context) == context == {**context}\n  return context";
    assertThat(value(body, hello())).isEqualTo(Json.parse("{\"user_id\":\"u\"}"));
  }

  /// Around the pieces, in which answers travel, and the largest.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4000, 4022, 4023, 4024, 4025, 4026, 4027, 8192, 100_000, 1 << 20})
  void an_answer_of_any_size_arrives_whole(int size) throws Exception {
    var bytes = new byte[size];
    for (var i = 0; i < size; i++) {
      bytes[i] = (byte) (i * 31 + i / 4096);
    }
    var body =
        "import zlib\n  c = context.fetch('https://a.test/').content\n"
            + "  d = context.fetch('https://a.test/').content\n"
            + "  return [len(c), zlib.crc32(c), c == d]";
    var crc = new java.util.zip.CRC32();
    crc.update(bytes);
    assertThat(value(body, TestOutlet.of(_ -> bytes)))
        .isEqualTo(Json.parse("[" + size + "," + crc.getValue() + ",true]"));
  }

  @Test
  void many_calls_at_once_get_their_own_answers() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var calls = new ArrayList<java.util.concurrent.Future<JsonNode>>();
      for (var i = 0; i < 40; i++) {
        var mark = ("mark " + i + " ").repeat(2_000);
        calls.add(
            threads.submit(() ->
                value(
                    "return [context.fetch('https://a.test/').text for _ in range(5)]",
                    TestOutlet.of(n -> (n + mark).getBytes(StandardCharsets.UTF_8)))));
      }
      for (var i = 0; i < 40; i++) {
        var mark = ("mark " + i + " ").repeat(2_000);
        var expected = Json.array();
        for (var n = 1; n <= 5; n++) {
          expected.add(n + mark);
        }
        assertThat(calls.get(i).get()).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Asks for more though nothing is owed.
        "say(b'M\\0\\0\\0\\0')\n  time.sleep(9)",
        // Asks many things and waits for nothing.
        "while True: say(b'F\\0\\0\\0\\2{}')",
        // Asks for pieces that it does not take.
        "say(b'F\\0\\0\\0\\2{}')\n  while True: say(b'M\\0\\0\\0\\0')",
        // A question that never ends.
        "say(b'F\\x7f\\xff\\xff\\xff')\n  time.sleep(9)",
        "say(b'F\\0\\x11\\0\\0' + b'x' * 1114112)\n  time.sleep(9)",
        // More with a text.
        "say(b'F\\0\\0\\0\\2{}')\n  say(b'M\\0\\0\\0\\1x')\n  time.sleep(9)"
      })
  void whoever_misuses_the_channel_loses_the_call_and_nothing_else(String body) throws Exception {
    var big = new byte[300_000];
    var whole =
        "import os, time, gc\n  c = context.fetch.__self__._channel\n"
            + "  def say(b):\n    while b: b = b[os.write(c._fd, b):]\n  "
            + body;
    var start = System.nanoTime();
    var result = stopped(whole, TestOutlet.of(_ -> big));
    assertThat(result.reason()).isIn(Reason.CRASHED, Reason.RESULT_TOO_LARGE);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
    python.awaitNoChildren();
    python.assertOthersWork();
  }

  @Test
  void a_question_that_is_none_is_answered_by_who_reads_it() throws Exception {
    var outlet = new TestOutlet((_, _) -> TestOutlet.error("refused", "that is no request"), true);
    var body =
        "import os\n  o = context.fetch.__self__\n  o._channel.record(b'F', b'\\xff\\x00nonsense')\n"
            + "  return o._answer('x').status";
    assertThat(raised(body, outlet).message()).isEqualTo("that is no request");
    assertThat(outlet.raw).hasSize(1);
  }

  @Test
  void without_a_way_out_a_question_is_a_forgery() throws Exception {
    var body =
        "def f(p, context):\n  import os, time\n"
            + "  os.write(context.fetch.__self__._channel._fd, b'F\\0\\0\\0\\2{}')\n  time.sleep(9)";
    assertThat(python.stopped(body).message()).contains("own channel");
  }

  @Test
  void a_request_that_is_too_large_is_refused_before_it_is_sent() throws Exception {
    var outlet = hello();
    assertThat(raised("context.fetch('https://a.test/', data='x' * (1 << 20))", outlet).message())
        .contains("at most 1048576 bytes");
    assertThat(outlet.questions).isEmpty();
  }

  @Test
  void many_large_requests_end_the_call() throws Exception {
    var body =
        "n = 0\n  while True:\n    context.fetch('https://a.test/', data='x' * 1000000)\n    n += 1";
    var outlet = hello();
    assertThat(stopped(body, outlet).reason()).isEqualTo(Reason.RESULT_TOO_LARGE);
    assertThat(outlet.questions).hasSizeBetween(8, 11);
    python.assertOthersWork();
  }

  @Test
  void a_call_that_waits_for_an_answer_ends_with_its_time() throws Exception {
    var never = new CountDownLatch(1);
    var left = new AtomicReference<Duration>();
    var outlet =
        new TestOutlet(
            (_, time) -> {
              left.set(time);
              // As the outlet of tools does: the call ends before a request that outlives it.
              var longer = time.plusMillis(300).toMillis();
              return never.await(longer, java.util.concurrent.TimeUnit.MILLISECONDS)
                  ? TestOutlet.answer(new byte[0])
                  : TestOutlet.error("timeout", "too late");
            },
            true);
    var code = "def run(p, context):\n  print('asking')\n  context.fetch('https://a.test/')";
    assertThat(run(python, code, outlet, Duration.ofMillis(700)))
        .isInstanceOfSatisfying(
            FunctionResult.Stopped.class,
            s -> {
              assertThat(s.reason()).isEqualTo(Reason.TIMEOUT);
              assertThat(s.logs()).containsExactly("asking");
            });
    assertThat(left.get()).isLessThanOrEqualTo(Duration.ofMillis(700));
    python.awaitNoChildren();
  }

  @Test
  void interrupting_the_caller_interrupts_the_answer_and_ends_the_child() throws Exception {
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
            run("context.fetch('https://a.test/')", outlet);
          } catch (InterruptedException e) {
            // as it should be
          }
        });
    asked.acquire();
    caller.interrupt();
    interrupted.acquire();
    caller.join();
    python.awaitNoChildren();
  }

  @Test
  void a_call_lost_with_the_worker_begins_again_only_if_it_may() throws Exception {
    for (var may : new boolean[] {true, false}) {
      try (var own = TestSandbox.open();
          var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var asked = new Semaphore(0);
        var go = new Semaphore(0);
        var outlet =
            new TestOutlet(
                (number, _) -> {
                  asked.release();
                  if (number == 1) {
                    go.acquire();
                  }
                  return TestOutlet.answer("1".getBytes(StandardCharsets.UTF_8));
                },
                may);
        var code = "def run(p, context): return context.fetch('https://a.test/').json()";
        var call = threads.submit(() -> run(own, code, outlet, TIME));
        asked.acquire();
        ProcessHandle.of(own.sandbox().workerPid()).orElseThrow().destroyForcibly();
        go.release();
        assertThat(call.get())
            .isInstanceOf(may ? FunctionResult.Returned.class : FunctionResult.Stopped.class);
        assertThat(outlet.beginnings).hasValue(1);
        assertThat(outlet.questions).hasSize(may ? 2 : 1);
        await().until(() -> own.sandbox().workerPid() > 0);
      }
    }
  }
}
