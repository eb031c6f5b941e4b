package dev.toolwright.sandbox;

import java.nio.file.Path;
import java.time.Duration;

/// Where and with what JavaScript works.
///
/// @param directory a folder of its own, made if missing; the worker user must be able to reach it
/// @param libraries the folder of the worker's jars
/// @param maxConcurrent calls that may execute at once; 0 means four per processor
/// @param workers worker processes at most; 0 means one per GiB of memory, at least 2 and at most 8
/// @param idle how long a workspace keeps a worker that it does not use
public record JavaScriptSettings(
    Path directory, Path libraries, int maxConcurrent, int workers, Duration idle) {
  /// How long a workspace usually keeps a worker that it does not use.
  public static final Duration IDLE = Duration.ofMinutes(10);

  int places() {
    return maxConcurrent > 0 ? maxConcurrent : 4 * Runtime.getRuntime().availableProcessors();
  }

  int mostWorkers() {
    if (workers > 0) {
      return workers;
    }
    return Math.clamp(memory() >> 30, 2, 8);
  }

  private static long memory() {
    return java.lang.management.ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 0;
  }
}
