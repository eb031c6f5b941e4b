package dev.toolwright.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.toolwright.json.Json;
import dev.toolwright.sandbox.FunctionResult.Reason;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SandboxHoldsTest {
  private static final String LOOP = "def run(p, c):\n  while True: pass\n";
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
  void the_worker_is_not_root() throws Exception {
    var status = Files.readString(Path.of("/proc/" + python.sandbox().workerPid() + "/status"));
    assertThat(status).doesNotContainPattern("[UG]id:.*\\b0\\b").contains("Seccomp:\t2");
    assertThat(status).contains("NoNewPrivs:\t1").contains("CapEff:\t0000000000000000");
  }

  @Test
  void a_call_that_loops_is_stopped_in_time() throws Exception {
    var start = System.nanoTime();
    assertThat(python.run(LOOP, Duration.ofMillis(400)))
        .isInstanceOfSatisfying(
            FunctionResult.Stopped.class, s -> assertThat(s.reason()).isEqualTo(Reason.TIMEOUT));
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    python.awaitNoChildren();
  }

  @Test
  void interrupting_the_caller_ends_the_process_at_once() throws Exception {
    var seen = new AtomicReference<Throwable>();
    var caller =
        Thread.startVirtualThread(() -> {
          try {
            python.run(LOOP, Duration.ofSeconds(60));
          } catch (InterruptedException e) {
            seen.set(e);
          }
        });
    python.awaitRunning();
    caller.interrupt();
    caller.join(Duration.ofSeconds(2));
    assertThat(seen.get()).isInstanceOf(InterruptedException.class);
    python.awaitNoChildren();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "return len(bytearray(8 << 30)) | MEMORY",
        "a = []\\n  while True: a.append('x' * 1_000_003 + str(len(a))) | MEMORY",
        "import os; os._exit(3) | CRASHED",
        "import os; os.closerange(0, 100) | CRASHED",
        "import os, time; os.closerange(0, 100); time.sleep(60) | CRASHED",
        "import ctypes; ctypes.string_at(1) | CRASHED",
        "import os\\n  for i in range(40):\\n    try: os.write(i, b'garbage' * 100)\\n"
            + "    except OSError: pass | CRASHED",
        "import os\\n  for i in range(40):\\n    try: os.write(i, b'R\\\\x7f\\\\xff\\\\xff\\\\xff')\\n"
            + "    except OSError: pass | CRASHED",
        "import os\\n  for i in range(40):\\n    try: os.write(i, b'R\\\\0\\\\0\\\\0\\\\x12' + b'n' * 16 + b'v1')"
            + "\\n    except OSError: pass | CRASHED"
      })
  void a_tool_can_ruin_only_its_own_call(String body, Reason reason) throws Exception {
    assertThat(python.stopped("def f(p, c):\n  " + body.replace("\\n", "\n").replace("\\\\", "\\")))
        .returns(reason, s -> s.reason());
    python.awaitNoChildren();
    python.assertOthersWork();
  }

  @Test
  void endless_recursion_ends_without_harm() throws Exception {
    assertThat(python.raised("def f(*a): return f()").type()).isEqualTo("RecursionError");
    var deeper =
        "import sys\ndef f(*a):\n  sys.setrecursionlimit(10**9)\n"
            + "  def g(x): return sorted([x], key=g)\n  return g(1)";
    // The interpreter crashes before 3.12 and from 3.13 on; 3.12 notices.
    assertThat(python.run(deeper))
        .isInstanceOfAny(FunctionResult.Stopped.class, FunctionResult.Raised.class);
    python.assertOthersWork();
  }

  @Test
  void a_tool_that_prints_forever_does_not_hold_up_others() throws Exception {
    var flood =
        "import os\ndef f(p, c):\n  while True:\n    for i in range(3, 32):\n"
            + "      try: os.write(i, b'L\\0\\0\\0\\1x')\n      except OSError: pass";
    assertThat(python.run(flood, Duration.ofSeconds(5))).isInstanceOf(FunctionResult.Stopped.class);
    python.assertOthersWork();
  }

  @Test
  void calls_lost_with_the_worker_are_repeated() throws Exception {
    try (var own = TestSandbox.open();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var code = "import time\ndef f(p, c):\n  time.sleep(0.6)\n  return 'whole'";
      Future<FunctionResult> call = threads.submit(() -> own.run(code));
      var worker = own.sandbox().workerPid();
      own.awaitRunning();
      ProcessHandle.of(worker).orElseThrow().destroyForcibly();
      assertThat(call.get()).isInstanceOf(FunctionResult.Returned.class);
      assertThat(own.sandbox().workerPid()).isNotEqualTo(worker);
    }
  }

  @Test
  void a_worker_that_hangs_is_replaced_and_innocent_calls_are_repeated() throws Exception {
    try (var own = TestSandbox.open();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var worker = own.sandbox().workerPid();
      assertThat(new ProcessBuilder("kill", "-STOP", Long.toString(worker)).start().waitFor())
          .isZero();
      var innocent = threads.submit(() -> own.run(TestSandbox.ECHO, Duration.ofSeconds(20)));
      assertThat(own.run("user_b", LOOP, Duration.ofMillis(100)))
          .isInstanceOfSatisfying(
              FunctionResult.Stopped.class, s -> assertThat(s.reason()).isEqualTo(Reason.TIMEOUT));
      assertThat(innocent.get()).isInstanceOf(FunctionResult.Returned.class);
      assertThat(own.sandbox().workerPid()).isNotEqualTo(worker);
    }
  }

  @Test
  void children_end_with_the_worker_and_the_worker_with_its_input() throws Exception {
    var own = TestSandbox.open();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var loop = threads.submit(() -> own.run(LOOP, Duration.ofSeconds(3)));
      var worker = ProcessHandle.of(own.sandbox().workerPid()).orElseThrow();
      own.awaitRunning();
      var children = worker.children().toList();
      own.close();
      await().until(() -> !worker.isAlive() && children.stream().noneMatch(c -> c.isAlive()));
      assertThat(loop.get())
          .isInstanceOfSatisfying(
              FunctionResult.Stopped.class,
              s -> assertThat(s.message()).isEqualTo("The server is stopping."));
    }
  }

  @Test
  void two_hundred_calls_at_once_are_all_correct() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var calls = new ArrayList<Future<FunctionResult>>();
      for (var i = 0; i < 200; i++) {
        var call =
            new PythonCall(
                "workspace_" + i % 10,
                "user_" + i % 3,
                "N = " + i + "\ndef f(p, c): return [N, p['n']]",
                null,
                Json.object().put("n", i),
                Json.object(),
                null,
                null,
                Duration.ofSeconds(30));
        calls.add(threads.submit(() -> python.sandbox().run(call)));
      }
      for (var i = 0; i < 200; i++) {
        var expected = "[" + i + "," + i + "]";
        assertThat(calls.get(i).get())
            .isInstanceOfSatisfying(
                FunctionResult.Returned.class,
                r -> assertThat(Json.write(r.value())).isEqualTo(expected));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {LOOP, "def run(p, c):\n  a = []\n  while True: a.append(bytes(99999))"})
  void another_workspace_works_while_one_burns(String code) throws Exception {
    var stop = new CompletableFuture<Void>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var attackers = new ArrayList<Future<?>>();
      for (var i = 0; i < 8; i++) {
        attackers.add(
            threads.submit(() -> {
              while (!stop.isDone()) {
                python.run(code, Duration.ofMillis(700));
              }
              return null;
            }));
      }
      for (var i = 0; i < 20; i++) {
        python.assertOthersWork();
      }
      stop.complete(null);
      attackers.forEach(a -> a.cancel(true));
    }
    python.awaitNoChildren();
  }

  @Test
  void nothing_of_one_call_is_in_the_memory_of_the_next_child() throws Exception {
    var secret = "SECRET" + System.nanoTime();
    var code = "S = '" + secret + "'\ndef f(p, c):\n  print(S)\n  return [S, p['s']]";
    python.value(code, Json.object().put("s", secret));
    python.assertOthersWork(); // takes the copy that was made during the first call
    python.awaitNoChildren();
    await().until(() -> spare().isPresent());
    var memory = memory(spare().orElseThrow().pid());
    assumeTrue(memory.isPresent(), "only root may look into another process");
    assertThat(memory.get().contains("The tool used more memory than it may.")).isTrue();
    assertThat(memory.get().contains(secret)).isFalse();
  }

  private static Optional<ProcessHandle> spare() {
    return ProcessHandle.of(python.sandbox().workerPid()).orElseThrow().children().findAny();
  }

  /// Every page that a process may write, as text.
  private static Optional<String> memory(long pid) throws IOException {
    var text = new StringBuilder();
    try (var memory = new RandomAccessFile("/proc/" + pid + "/mem", "r")) {
      for (var line : Files.readAllLines(Path.of("/proc/" + pid + "/maps"))) {
        var part = line.split("[- ]", 4);
        if (part[2].startsWith("rw")) {
          var from = Long.parseUnsignedLong(part[0], 16);
          var bytes = new byte[(int) (Long.parseUnsignedLong(part[1], 16) - from)];
          memory.seek(from);
          memory.readFully(bytes);
          text.append(new String(bytes, StandardCharsets.ISO_8859_1));
        }
      }
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
    return Optional.of(text.toString());
  }

  @Test
  void a_child_gets_a_clean_state() throws Exception {
    var leave = "import builtins, sys, json\nbuiltins.kept = 1\njson.kept = 1\ndef f(p, c): pass";
    python.value(leave);
    var look =
        "import builtins, sys, json\ndef f(p, c):\n"
            + "  return [hasattr(builtins, 'kept'), hasattr(json, 'kept'), 'confine' in sys.modules]";
    assertThat(Json.write(python.value(look))).isEqualTo("[false,false,false]");
  }

  @Test
  void the_self_test_finds_what_is_open_without_a_sandbox() throws Exception {
    var source = WorkerFiles.resource("selftest.py");
    var canary = Files.writeString(python.folder().resolve("canary"), "canary");
    var code =
        "import sys\nexec(sys.stdin.read())\nprint(run({'canary': '"
            + canary
            + "', 'without': ['zz_execute', 'ptrace', 'change_mode', 'truncate', 'mount', "
            + "'unshare_files']}, {}))";
    assertThat(PlainPython.run(code, source))
        .contains("read_host_file", "fork", "thread", "socket_inet", "executable_memory")
        .contains("signal_parent", "write_tmp", "make_folder", "list_root", "prctl");
  }

  @Test
  void a_call_by_another_numbering_of_system_calls_ends_the_process() throws Exception {
    var code =
        "import ctypes, os\ndef f(p, c):\n  if os.uname().machine != 'x86_64': os._exit(1)\n"
            + "  ctypes.CDLL(None).syscall(0x40000000 | 39)\n  return 'survived'";
    assertThat(python.stopped(code).reason()).isEqualTo(Reason.CRASHED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x86_64", "aarch64"})
  void the_filter_allows_exactly_its_table_on_every_processor(String machine) throws Exception {
    var simulation =
        """
        import sys
        sys.path.insert(0, sys.stdin.read())
        import confine as c
        def verdict(steps, arch, number, arguments=(0,) * 6):
            words = [number, arch, 0, 0] + [w for a in arguments for w in (a, 0)]
            value = at = 0
            while True:
                code, yes, no, k = steps[at]
                at += 1
                if code == c.LOAD: value = words[k // 4]
                elif code == c.RETURN: return k
                elif code == c.JUMP: at += k
                else:
                    test = {c.JEQ: value == k, c.JGE: value >= k, c.JSET: bool(value & k)}[code]
                    at += yes if test else no
        machine = '%s'
        column, arch = c.MACHINES[machine]
        for who in (c.ZYGOTE, c.CHILD):
            steps = c.program(machine, who)
            free = {n[column] for n in c.CALLS.values() if n[2] & who and len(n) == 3}
            checked = {n[column] for n in c.CALLS.values() if n[2] & who} | {c.PRLIMIT64[column]}
            for number in range(600):
                got = verdict(steps, arch, number)
                if number in free: assert got == c.ALLOW, number
                elif number not in checked: assert got & 0x7fff0000 == c.ERRNO, number
            assert verdict(steps, 0x40000003, 1) == c.KILL
            mmap = c.CALLS['mmap'][column]
            assert verdict(steps, arch, mmap, (0, 0, 3, 0, 0, 0)) == c.ALLOW
            assert verdict(steps, arch, mmap, (0, 0, 7, 0, 0, 0)) == c.ERRNO | c.EACCES
            opens = c.CALLS['openat'][column]
            assert verdict(steps, arch, opens, (0, 0, 0, 0, 0, 0)) == c.ALLOW
            assert verdict(steps, arch, opens, (0, 0, 0x241, 0, 0, 0)) == c.ERRNO | c.EACCES
            pair = c.CALLS['socketpair'][column]
            assert verdict(steps, arch, pair, (1, 1, 0, 0, 0, 0)) == c.ALLOW
            assert verdict(steps, arch, pair, (1, 2, 0, 0, 0, 0)) == c.ERRNO | c.EACCES
        print('as written')
        """;
    var programs = python.folder().resolve("own/python").toString();
    assertThat(PlainPython.run(simulation.replace("%s", machine), programs))
        .isEqualTo("as written\n");
  }

  @Test
  void a_machine_without_python_is_refused_with_a_way_out() throws Exception {
    var settings = new SandboxSettings(python.folder().resolve("none"), "/nonexistent/python3", 1);
    try (var none = Sandbox.open(settings)) {
      assertThat(none.run(TestSandbox.call("w", LOOP, null, Json.object())))
          .isInstanceOfSatisfying(
              FunctionResult.Refused.class, r -> assertThat(r.howToFix()).contains("python3"));
      assertThat(none.parse("x"))
          .isInstanceOfSatisfying(
              PythonOutline.Unavailable.class, u -> assertThat(u.passing()).isFalse());
      assertThat(none.status().state()).isEqualTo(SandboxStatus.State.REFUSED);
    }
  }

  @Test
  void an_interrupted_thread_is_told_so() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> python.run(LOOP)).isInstanceOf(InterruptedException.class);
  }
}
