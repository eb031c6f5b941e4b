package dev.toolwright;

import dev.toolwright.config.Settings;
import dev.toolwright.egress.EgressException;
import dev.toolwright.json.MalformedJson;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The hidden command `train`: plays the demo on a throw-away server, so that the classes of the
/// main job are loaded, and ends; the Java machine writes its class cache when the process ends.
final class Training {
  private static final Logger LOG = LoggerFactory.getLogger(Training.class);
  private static final int ROUNDS = 3;

  private Training() {}

  static int run(Settings settings) throws InterruptedException {
    LogFile.open(settings);
    var silent = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    try (var server = Platform.open(settings)) {
      for (var round = 0; round < ROUNDS; round++) {
        Demo.play(settings, server, silent);
      }
    } catch (EgressException | MalformedJson e) {
      // A machine that cannot run tools gets a cache without them.
      LOG.info("The training was cut short: {}", e.getMessage());
    }
    return 0;
  }
}
