package dev.toolwright.sandbox;

import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.time.Duration;

/// Tries to escape, by the same way every tool comes in. One success, or no clear answer, and the
/// sandbox stays closed.
final class SelfTest {
  private static final Duration TIME = Duration.ofSeconds(10);
  private static final String HOW =
      "Do not run the server with a disabled or emulated seccomp or Landlock; see the status of "
          + "the sandbox in the documentation.";

  private SelfTest() {}

  /// @throws Unfit lasting if something got out; passing if there was no clear answer
  static void check(Zygote zygote, WorkerFiles files, long number)
      throws Unfit, InterruptedException {
    try {
      var leaks = attempt(zygote, files, number);
      if (!leaks.equals("{}")) {
        throw Unfit.lasting("The sandbox does not hold on this host: " + leaks, HOW);
      }
    } catch (Unfit | InterruptedException e) {
      zygote.kill();
      throw e;
    }
  }

  private static String attempt(Zygote zygote, WorkerFiles files, long number)
      throws Unfit, InterruptedException {
    var request = Json.object().put("do", "run").put("function", "run");
    request.put("code", WorkerFiles.resource("selftest.py"));
    request.putObject("parameters").put("canary", files.canary().toString());
    request.putObject("context");
    var json = Json.bytes(request);
    var nonced = new byte[16 + json.length];
    System.arraycopy(json, 0, nonced, 16, json.length);
    var call = new Pending(number, new byte[16], false, () -> {});
    zygote.begin(call, TIME, 0, nonced);
    if (call.next(TIME.toNanos()) == null) {
      throw Unfit.passing("The self-test of the sandbox did not end.", HOW);
    }
    var answer = call.output.answer();
    if (answer == null || answer.kind() != 'v') {
      throw Unfit.passing("The self-test of the sandbox gave no answer.", HOW);
    }
    try {
      return Json.write(Json.parse(answer.json()));
    } catch (MalformedJson e) {
      throw Unfit.passing("The self-test of the sandbox gave no answer.", HOW);
    }
  }
}
