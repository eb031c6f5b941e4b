package dev.toolwright.sandbox;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where and with what the sandbox works.
///
/// @param directory a folder of the sandbox's own, made if missing; the worker user must be able to
///   reach it
/// @param python the interpreter to use, or null to look for one
/// @param maxConcurrent calls that may execute at once; 0 means four per processor, as many tools
///   wait more than they compute
public record SandboxSettings(Path directory, @Nullable String python, int maxConcurrent) {
  int places() {
    return maxConcurrent > 0 ? maxConcurrent : 4 * Runtime.getRuntime().availableProcessors();
  }
}
