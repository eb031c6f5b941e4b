package dev.toolwright.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.json.Json;
import dev.toolwright.sandbox.FunctionResult.Reason;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JavaScriptToolTest {
  private static TestJavaScript js;

  @BeforeAll
  static void open() throws IOException {
    js = TestJavaScript.open();
  }

  @AfterAll
  static void close() {
    js.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "return 1 + 1 | 2",
        "return | null",
        "const x = 1 | null",
        "return {a: undefined, b: null, c: [undefined, NaN]} | {\"b\":null,\"c\":[null,null]}",
        "return await Promise.resolve('later') | \"later\"",
        "return (async () => { await null; return [1, 2] })() | [1,2]",
        "return {then(done) { done('thenable') }} | \"thenable\"",
        "return new Date(0) | \"1970-01-01T00:00:00.000Z\"",
        "return new Date(2026, 0, 1, 12).toISOString() | \"2026-01-01T12:00:00.000Z\"",
        "return [...'héllo 😀'].length | 7",
        "return 'é'.normalize('NFD').length + /\\p{L}/u.test('é') | 3",
        "return new Intl.NumberFormat('de').format(1234.5) | \"1.234,5\"",
        "return [3, 1, 2].toSorted().at(-1) | 3",
        "return Object.fromEntries(new Map([['a', 1]])) | {\"a\":1}",
        "return typeof params + typeof context + typeof globalThis | \"objectobjectobject\"",
        "'use strict'; try { undeclared = 1 } catch (e) { return e.name } | \"ReferenceError\"",
        "return 'processed, import, require and eval are words' "
            + "| \"processed, import, require and eval are words\"",
        "return structuredCloneIsMissing ?? 1 // a comment at the end | x"
      })
  void a_body_returns_its_value(String body, String expected) throws Exception {
    if (expected.equals("x")) {
      assertThat(js.raised(body).type()).isEqualTo("ReferenceError");
    } else {
      assertThat(js.value(body)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "function main(params, context) { return params.n + context.m }",
        "async function main({n}, {m}) { return n + m }",
        "const main = (p, c) => p.n + c.m",
        "const extra = 0; const main = async (p, c) => { await null; return p.n + c.m + extra };"
      })
  void a_named_function_is_called(String code) throws Exception {
    var call =
        new JsCall(
            "workspace_a",
            "user_a",
            code,
            "main",
            null,
            Json.object().put("n", 40),
            Json.object().put("m", 2),
            null,
            TestJavaScript.LONG);
    assertThat(TestJavaScript.value(js.sandbox().run(call)).asInt()).isEqualTo(42);
  }

  @Test
  void what_is_printed_goes_to_the_logs_and_is_capped() throws Exception {
    var code =
        "console.log('one', 2, {three: [3]}, undefined, 4n, null)\nconsole.error(new Error('five'))"
            + "\nconsole.info('sechs é'); console.warn('a\\r\\nb'); console.debug(() => 1)";
    assertThat(js.run(code))
        .isInstanceOfSatisfying(
            FunctionResult.Returned.class,
            r ->
                assertThat(r.logs())
                    .containsExactly(
                        "one 2 {\"three\":[3]} undefined 4n null",
                        "Error: five",
                        "sechs é",
                        "a",
                        "b",
                        "[function ]"));
    assertThat(js.run("for (let i = 0; i < 2000; i++) console.log('x'.repeat(100))"))
        .isInstanceOfSatisfying(
            FunctionResult.Returned.class,
            r -> {
              assertThat(String.join("\n", r.logs()).length()).isLessThan((64 << 10) + 100);
              assertThat(r.logs().getLast()).contains("was dropped");
            });
  }

  @Test
  void logs_of_a_call_that_runs_out_of_time_are_kept() throws Exception {
    assertThat(js.run("console.log('begun'); for (;;);", Json.object(), Duration.ofMillis(500)))
        .isInstanceOfSatisfying(
            FunctionResult.Stopped.class,
            s -> {
              assertThat(s.reason()).isEqualTo(Reason.TIMEOUT);
              assertThat(s.logs()).containsExactly("begun");
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "require",
        "process",
        "fs",
        "setTimeout",
        "setInterval",
        "eval",
        "fetch",
        "Java",
        "Packages",
        "Polyglot",
        "Graal",
        "load",
        "print",
        "WebAssembly",
        "Worker",
        "SharedArrayBuffer",
        "Deno"
      })
  void the_world_outside_does_not_exist(String name) throws Exception {
    assertThat(js.value("return typeof " + name)).isEqualTo("\"undefined\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "return Function('return 1')()",
        "return new Function('return 1')()",
        "return (async () => 1).constructor('return 1')()",
        "return import('fs')"
      })
  void code_is_not_made_of_text(String code) throws Exception {
    assertThat(js.raised(code).message()).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "return () => 1 | a function has no form in JSON",
        "return {deep: [Symbol('x')]} | a symbol (at 0)",
        "return {n: 10n} | a bigint (at n)",
        "return new Map() | a Map",
        "return [new Set()] | a Set (at 0)",
        "const a = {}; a.a = a; return a | circular",
        "return {toJSON() { throw new Error('mine') }} | mine"
      })
  void what_json_cannot_hold_is_an_error(String code, String said) throws Exception {
    assertThat(js.stopped(code))
        .returns(Reason.BAD_RESULT, s -> s.reason())
        .satisfies(s -> assertThat(s.message()).contains(said));
  }

  @Test
  void a_result_has_a_size() throws Exception {
    assertThat(js.stopped("return 'x'.repeat(1 << 20)").reason())
        .isEqualTo(Reason.RESULT_TOO_LARGE);
    assertThat(js.stopped("return '中'.repeat(400000)").reason()).isEqualTo(Reason.RESULT_TOO_LARGE);
    assertThat(js.value("return 'x'.repeat((1 << 20) - 2)")).hasSize(1 << 20);
  }

  @Test
  void an_exception_shows_the_tools_own_lines() throws Exception {
    var raised = js.raised("function inner(x) {\n  return x.y.z;\n}\nreturn inner({});");
    assertThat(raised.type()).isEqualTo("TypeError");
    assertThat(raised.message()).contains("'z'");
    assertThat(raised.traceback())
        .containsExactly(
            "<tool>, line 4: return inner({});", "<tool>, line 2, in inner: return x.y.z;");
    assertThat(js.raised("class Mine extends Error { name = 'Mine' }\nthrow new Mine('m')"))
        .returns("Mine", r -> r.type())
        .returns("m", r -> r.message());
    assertThat(js.raised("throw {code: 5}")).returns("{\"code\":5}", r -> r.message());
    assertThat(js.raised("const f = () => f(); f()").type()).isEqualTo("RangeError");
    assertThat(js.raised("return new Promise(() => {})").message()).contains("nothing will settle");
    assertThat(js.raised("let x = ;").type()).isEqualTo("SyntaxError");
  }

  @Test
  void arguments_are_data() throws Exception {
    var text =
        "{\"a\":\"\\\"});Java.type('x');({\\\"\",\"b\":\"${1}\",\"d\":\"\\u2028\\u2029\\u0000\","
            + "\"__proto__\":{\"polluted\":1},\"constructor\":{\"prototype\":1},\"n\":1e9}";
    var given = Json.parse(text);
    var echoed = js.run("return [params, ({}).polluted === undefined]", given, TestJavaScript.LONG);
    assertThat(TestJavaScript.value(echoed).path(1).asBoolean()).isTrue();
    assertThat(TestJavaScript.value(echoed).path(0).path("__proto__").path("polluted").asInt())
        .isEqualTo(1);
    assertThat(TestJavaScript.value(echoed).path(0).path("d").asString())
        .isEqualTo("\u2028\u2029\0");
  }

  @Test
  void sixteen_callers_get_their_own_answers() throws Exception {
    List<Callable<Boolean>> calls =
        IntStream.range(0, 160)
            .<Callable<Boolean>>mapToObj(n ->
                () -> {
                  var given = Json.object().put("n", n);
                  var code =
                      "globalThis.seen = (globalThis.seen ?? 0) + 1; return [params.n, seen]";
                  var value = TestJavaScript.value(js.run(code, given, TestJavaScript.LONG));
                  return value.path(0).asInt() == n && value.path(1).asInt() == 1;
                })
            .toList();
    try (var threads = Executors.newFixedThreadPool(16)) {
      for (var answer : threads.invokeAll(calls)) {
        assertThat(answer.get()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "let x = ; | 1 | 9",
        "const a = 1;\\nconst b = [1, 2;\\n | 2 | 16",
        "return 1 }); (() => { | 1 | 11",
        "import fs from 'fs' | 1 | 1",
        "if (true) {\\n  return 1; | 2 | 12"
      })
  void a_syntax_error_has_its_place(String code, int line, int column) throws Exception {
    assertThat(js.sandbox().parse(code.replace("\\n", "\n"), null))
        .isInstanceOfSatisfying(
            JsOutline.SyntaxFault.class,
            f -> {
              assertThat(f.line()).as(f.message()).isEqualTo(line);
              assertThat(f.column()).as(f.message()).isEqualTo(column);
              assertThat(f.message()).isNotBlank().doesNotContain("<tool>");
            });
  }

  @Test
  void the_function_to_call_is_found_without_running_anything() throws Exception {
    assertThat(name("return 1", null)).isNull();
    assertThat(name("for (;;);", null)).isNull();
    assertThat(name("function main(p) { return 1 }", "main")).isEqualTo("main");
    assertThat(name("const x = () => 1;", "x")).isEqualTo("x");
    assertThat(name("async function run(p) {\n  return 1;\n}\n", null)).isEqualTo("run");
    assertThat(name("function _a() {}\nfunction b() {}", null)).isEqualTo("b");
    assertThat(name("function help() {}\nreturn help()", null)).isNull();
    assertThat(js.sandbox().parse("function a() {}", "b")).isInstanceOf(JsOutline.NameFault.class);
    assertThat(js.sandbox().parse("function a() {}", "class"))
        .isInstanceOf(JsOutline.NameFault.class);
    assertThat(js.sandbox().parse("//" + "x".repeat(100_000), null))
        .isInstanceOf(JsOutline.SyntaxFault.class);
  }

  private static @Nullable String name(String code, @Nullable String wanted)
      throws InterruptedException {
    return js.valid(js.sandbox().parse(code, wanted)).functionName();
  }

  @Test
  void types_are_taken_out_and_lines_are_remembered() throws Exception {
    var source =
        """
        interface Given {
          n: number;
          name?: string;
        }

        enum Size { Small = 1, Large }

        function main(params: Given, context: unknown): number {
          const n = params!.n as number;
          if (n < 0) {
            throw new RangeError(`bad ${n}`);
          }
          return n + Size.Large;
        }
        """;
    var valid = js.valid(js.sandbox().strip(source, null));
    assertThat(valid.functionName()).isEqualTo("main");
    assertThat(valid.code()).doesNotContain("interface");
    assertThat(TestJavaScript.value(stripped(valid, source, 40)).asInt()).isEqualTo(42);
    assertThat(stripped(valid, source, -1))
        .isInstanceOfSatisfying(
            FunctionResult.Raised.class,
            r ->
                assertThat(r.traceback())
                    .contains("<tool>, line 11, in main: throw new RangeError(`bad ${n}`);"));
    assertThat(js.sandbox().strip("const a: number = 1;\nconst b: = 2;\nreturn a", null))
        .isInstanceOfSatisfying(
            JsOutline.SyntaxFault.class,
            f -> assertThat(List.of(f.line(), f.column())).containsExactly(2, 10));
  }

  private static FunctionResult stripped(JsOutline.Valid valid, String source, int n)
      throws InterruptedException {
    return js.sandbox()
        .run(
            new JsCall(
                "workspace_a",
                "user_a",
                valid.code(),
                valid.functionName(),
                new JsCall.Origin(source, valid.lines()),
                Json.object().put("n", n),
                Json.object(),
                null,
                TestJavaScript.LONG));
  }
}
