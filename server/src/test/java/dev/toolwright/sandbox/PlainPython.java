package dev.toolwright.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Python without any sandbox, to prove that an attack has an effect where nothing stops it.
final class PlainPython {
  private PlainPython() {}

  /// Runs `code` with `input` on standard input and answers what it printed.
  static String run(String code, String input) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("/usr/bin/python3", "-I", "-c", code));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PLATFORM_CANARY_ENV", "canary-of-the-environment");
    var process = builder.start();
    try (var out = process.getOutputStream()) {
      out.write(input.getBytes(StandardCharsets.UTF_8));
    }
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return said;
  }
}
