package dev.toolwright.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.json.Json;
import dev.toolwright.sandbox.FunctionResult.Reason;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PythonToolTest {
  private static TestSandbox python;

  @BeforeAll
  static void open() throws IOException {
    python = TestSandbox.open();
  }

  @AfterAll
  static void close() {
    python.close();
  }

  @Test
  void a_function_gets_parameters_and_context_and_returns_json() throws Exception {
    var code = "def greet(parameters, context):\n  return [parameters['name'], context['user']]";
    var call =
        new PythonCall(
            "w",
            "u",
            code,
            "greet",
            Json.object().put("name", "héllo 😀"),
            Json.object().put("user", "u1"),
            null,
            null,
            Duration.ofSeconds(5));
    assertThat(python.sandbox().run(call))
        .isInstanceOfSatisfying(
            FunctionResult.Returned.class,
            r -> assertThat(Json.write(r.value())).isEqualTo("[\"héllo 😀\",\"u1\"]"));
  }

  @Test
  void a_function_may_have_less_memory_than_the_sandbox_gives() throws Exception {
    var code = "def f(parameters, context):\n  return len(bytearray(100 << 20)) >> 20";
    for (var most : List.of(32, 200, 4_096)) {
      var call =
          new PythonCall(
              "w",
              "u",
              code,
              null,
              Json.object(),
              Json.object(),
              null,
              most,
              Duration.ofSeconds(5));
      var result = python.sandbox().run(call);
      assertThat(result instanceof FunctionResult.Returned)
          .as("%s: %s", most, result)
          .isEqualTo(most > 100);
      if (most < 100) {
        assertThat(result)
            .isInstanceOfSatisfying(
                FunctionResult.Stopped.class,
                stopped -> assertThat(stopped.reason()).isEqualTo(FunctionResult.Reason.MEMORY));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "async def f(parameters, context):\n import asyncio\n await asyncio.sleep(0)\n return 3",
        "def f(**given):\n return given['a'] + given['b']",
        "def f(*, a, b):\n return a + b",
        "def f(a, b, *, c=0, d):\n return 0\n_f = f\ndef f(*, a, b): return a + b",
        "def f(parameters):\n return parameters['a'] + parameters['b']",
        "def f(a, **rest):\n return a + rest['b']",
        "def f():\n return 3",
        "def f(*all):\n return len(all) + 1",
        "f = None\ndef f(p, c, extra=1):\n return p['a'] + p['b']",
        "def _other(): pass\nclass C: pass\ndef f(p, c):\n return 3"
      })
  void signatures_decide_how_a_function_is_called(String code) throws Exception {
    assertThat(python.value(code, Json.object().put("a", 1).put("b", 2)).asInt()).isEqualTo(3);
  }

  @Test
  void several_or_no_functions_are_named_in_the_error() throws Exception {
    assertThat(python.raised("def a(p, c): pass\ndef b(p, c): pass").message()).contains("a, b");
    assertThat(python.raised("x = 1").message()).contains("no function");
    var missing = TestSandbox.call("w", "def a(p, c): pass", "zzz", Json.object());
    assertThat(python.sandbox().run(missing).toString()).contains("no function named zzz");
  }

  @Test
  void an_exception_shows_only_the_frames_of_the_tool() throws Exception {
    var raised =
        python.raised(
            """
            import json
            def _inner(text):
                return json.loads(text)
            def run(p, c):
                return _inner('{nope')
            """);
    assertThat(raised.type()).isEqualTo("JSONDecodeError");
    assertThat(raised.traceback())
        .containsExactly(
            "<tool>, line 5, in run: return _inner('{nope')",
            "<tool>, line 3, in _inner: return json.loads(text)");
  }

  @Test
  void hostile_exceptions_are_cut_and_named() throws Exception {
    assertThat(python.raised("def f(p, c): raise ValueError('x' * 99999)").message()).hasSize(2000);
    var nasty = "class E(Exception):\n def __str__(s): raise SystemExit\ndef f(p,c): raise E";
    assertThat(python.raised(nasty)).returns("E", r -> r.type()).returns("", r -> r.message());
    assertThat(python.raised("import sys\ndef f(p, c): sys.exit(3)").type())
        .isEqualTo("SystemExit");
    assertThat(python.raised("def f(p, c)\n  pass"))
        .returns("SyntaxError", r -> r.type())
        .returns(List.of(), r -> r.traceback());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "float('nan') | NaN",
        "[float('inf')] | Infinity",
        "{1, 2} | set",
        "object() | object",
        "__import__('datetime').date(2026, 1, 1) | date",
        "{(1, 2): 3} | tuple",
        "chr(0xd800) | surrogate",
        "(x for x in []) | generator",
        "10**2000 | limit",
        "{1: 'a', '1': 'b'} | JSON",
        "10**5000 | int"
      })
  void a_result_that_is_no_json_is_an_error_that_says_why(String expression, String why)
      throws Exception {
    assertThat(python.stopped("def f(p, c):\n  return " + expression))
        .returns(Reason.BAD_RESULT, s -> s.reason())
        .satisfies(s -> assertThat(s.message()).contains(why));
  }

  @Test
  void deep_and_circular_results_end_cleanly() throws Exception {
    var deep = "def f(p, c):\n  d = []\n  for _ in range(%d): d = [d]\n  return d";
    assertThat(python.stopped(deep.formatted(200)).reason()).isEqualTo(Reason.BAD_RESULT);
    assertThat(python.stopped(deep.formatted(200_000)).reason()).isEqualTo(Reason.BAD_RESULT);
    assertThat(python.stopped("def f(p, c):\n  d = []\n  d.append(d)\n  return d").message())
        .contains("Circular");
  }

  @Test
  void a_large_result_is_refused_and_one_below_the_limit_returned() throws Exception {
    assertThat(python.value("def f(p, c): return 'x' * 1048574").asString()).hasSize(1048574);
    assertThat(python.stopped("def f(p, c): return 'x' * 1048575").reason())
        .isEqualTo(Reason.RESULT_TOO_LARGE);
    assertThat(python.stopped("def f(p, c): return ['x' * 1024] * 1_000_000").reason())
        .isEqualTo(Reason.RESULT_TOO_LARGE);
  }

  @Test
  void prints_are_logs() throws Exception {
    var code =
        """
        import sys
        def f(p, c):
            print('one', 2)
            print('to', 'stderr', file=sys.stderr)
            sys.stdout.buffer.write(b'raw\\xff\\n')
            sys.stdout.write('no newline')
        """;
    assertThat(((FunctionResult.Returned) python.run(code)).logs())
        .containsExactly("one 2", "to stderr", "raw\ufffd", "no newline");
  }

  @Test
  void a_gigabyte_of_print_loses_the_rest() throws Exception {
    var code = "def f(p, c):\n  for _ in range(1000): print('x' * 1_000_000)\n  return 'done'";
    var result = (FunctionResult.Returned) python.run(code);
    assertThat(result.value().asString()).isEqualTo("done");
    assertThat(String.join("", result.logs()))
        .hasSizeBetween(65_000, 66_000)
        .endsWith("was dropped]");
  }

  @Test
  void logs_of_a_tool_that_is_stopped_are_kept() throws Exception {
    var code = "def f(p, c):\n  print('a')\n  print('b')\n  while True: pass";
    assertThat(python.run(code, Duration.ofMillis(300)))
        .isInstanceOfSatisfying(
            FunctionResult.Stopped.class,
            s -> {
              assertThat(s.reason()).isEqualTo(Reason.TIMEOUT);
              assertThat(s.logs()).containsExactly("a", "b");
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "json math re datetime zoneinfo decimal statistics itertools functools collections hashlib",
        "base64 csv uuid random asyncio sqlite3 inspect urllib.parse string textwrap html enum",
        "dataclasses typing fractions operator heapq bisect copy time calendar io secrets hmac",
        "zlib binascii struct unicodedata difflib pprint ast traceback contextlib abc numbers",
        "xml.etree.ElementTree email.message email.utils gzip bz2 lzma ipaddress graphlib shlex",
        "html.parser locale logging timeit tokenize array cmath colorsys fnmatch types weakref"
      })
  void documented_modules_can_be_imported(String names) throws Exception {
    var code =
        "import importlib\ndef f(p, c):\n  return [importlib.import_module(n).__name__ for n in '"
            + names
            + "'.split()]";
    assertThat(python.value(code)).hasSize(names.split(" ", -1).length);
  }

  @Test
  void modules_work_and_not_only_import() throws Exception {
    var code =
        """
        import sqlite3, decimal, datetime, zoneinfo, hashlib, uuid, random, re, asyncio, csv, io
        import xml.etree.ElementTree as xml, statistics, zlib, unicodedata, secrets
        def f(p, c):
            db = sqlite3.connect(':memory:')
            db.execute('create table t (x)')
            db.executemany('insert into t values (?)', [(i,) for i in range(1000)])
            async def both():
                return await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0.001, 2))
            summer = datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin'))
            return [
                db.execute('select sum(x) from t').fetchone()[0],
                str(decimal.Decimal('0.1') + decimal.Decimal('0.2')),
                str(summer),
                hashlib.sha256(b'x').hexdigest()[:8], hashlib.new('md5', b'x').hexdigest()[:8],
                len({uuid.uuid4().hex for _ in range(10)}),
                asyncio.run(both()),
                list(csv.reader(io.StringIO('a,b')))[0],
                xml.fromstring('<a><b>t</b></a>').find('b').text,
                statistics.median([1, 2, 9]),
                zlib.decompress(zlib.compress(b'z')).decode(),
                unicodedata.name('é'), len(secrets.token_hex()),
                datetime.datetime.strptime('2026-01-02', '%Y-%m-%d').day,
            ]
        """;
    assertThat(Json.write(python.value(code)))
        .isEqualTo(
            "[499500,\"0.3\",\"2026-07-01 00:00:00+02:00\",\"2d711642\",\"9dd4e461\",10,[1,2],"
                + "[\"a\",\"b\"],\"t\",2,\"z\",\"LATIN SMALL LETTER E WITH ACUTE\",64,2]");
  }

  @Test
  void what_is_not_there_fails_cleanly() throws Exception {
    assertThat(python.raised("import numpy\ndef f(p, c): pass").type())
        .isEqualTo("ModuleNotFoundError");
    assertThat(python.raised("import tempfile\ndef f(p, c): tempfile.mkdtemp()").type())
        .isIn("FileNotFoundError", "PermissionError");
    assertThat(
            python
                .raised("import threading\ndef f(p,c): threading.Thread(target=f).start()")
                .type())
        .isEqualTo("RuntimeError");
    assertThat(python.raised("def f(p, c): return input()").type()).isEqualTo("EOFError");
  }

  @Test
  void randomness_differs_between_calls() throws Exception {
    var code = "import random\ndef f(p, c): return random.random()";
    assertThat(python.value(code)).isNotEqualTo(python.value(code));
  }

  @Test
  void an_outline_lists_functions_without_executing_anything() throws Exception {
    var code =
        """
        x = 1 / 0
        async def fetch(a, b=2, *rest, c, **named): pass
        class K:
            def method(self): pass
        def plain(parameters, context): pass
        """;
    assertThat(python.sandbox().parse(code))
        .isEqualTo(
            new PythonOutline.Parsed(
                List.of(
                    new PythonOutline.Function(
                        "fetch", true, 2, List.of("a", "b", "*rest", "c", "**named")),
                    new PythonOutline.Function(
                        "plain", false, 5, List.of("parameters", "context")))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"def f(:\\n pass | 1 | 7", "x = 1\\nreturn x | 2 | 1", "a = (\\n | 1 | 5"})
  void a_syntax_fault_has_its_place(String code, int line, int column) throws Exception {
    assertThat(python.sandbox().parse(code.replace("\\n", "\n")))
        .isInstanceOfSatisfying(
            PythonOutline.SyntaxFault.class,
            f -> assertThat(List.of(f.line(), f.column())).containsExactly(line, column));
  }

  @ParameterizedTest
  @ValueSource(ints = {250, 49_000})
  void code_nested_absurdly_is_a_syntax_fault(int depth) throws Exception {
    assertThat(python.sandbox().parse("x = " + "(".repeat(depth) + ")".repeat(depth)))
        .isInstanceOf(PythonOutline.SyntaxFault.class);
    assertThat(python.sandbox().parse("x = " + "-".repeat(depth) + "1"))
        .isInstanceOfAny(PythonOutline.SyntaxFault.class, PythonOutline.Parsed.class);
    assertThat(python.sandbox().parse("x = 1\0")).isInstanceOf(PythonOutline.SyntaxFault.class);
  }

  @Test
  void half_a_surrogate_pair_in_the_code_or_parameters_is_an_error_of_the_call() throws Exception {
    assertThat(python.sandbox().parse("x = '\ud800'"))
        .isInstanceOf(PythonOutline.SyntaxFault.class);
    assertThat(python.run(TestSandbox.ECHO, Json.object().put("x", "\ud800")))
        .isNotInstanceOf(FunctionResult.Refused.class);
  }

  @Test
  void code_beyond_its_limit_is_not_run() throws Exception {
    assertThat(python.raised(TestSandbox.ECHO + "#".repeat(100_000)).message()).contains("100000");
    assertThat(python.sandbox().parse("#".repeat(100_001)))
        .isInstanceOf(PythonOutline.SyntaxFault.class);
  }
}
