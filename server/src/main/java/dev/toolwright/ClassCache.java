package dev.toolwright;

import dev.toolwright.config.ModelVariable;
import dev.toolwright.config.Setting;
import dev.toolwright.config.Settings;
import dev.toolwright.database.embedded.EmbeddedSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The Java machine's ahead-of-time class cache, which halves the time of a start. It is trained by
/// a second process on a throw-away home, of low priority, after the first start has succeeded.
///
/// The launcher script names the cache's file after the Java build and the jars (system property
/// `toolwright.aot`) and uses it when it exists, so the file appears under that name only when it
/// is complete.
final class ClassCache {
  private static final Logger LOG = LoggerFactory.getLogger(ClassCache.class);
  private static final int MINUTES = 5;

  private final Settings settings;
  private final Optional<Path> file;

  ClassCache(Settings settings) {
    this.settings = settings;
    this.file = Optional.ofNullable(System.getProperty("toolwright.aot")).map(Path::of);
  }

  /// Trains the cache unless there is one or the launcher wants none. Never fails: without a cache
  /// a start is only slower.
  void train() {
    if (file.isEmpty()) {
      return;
    }
    var directory = settings.home().resolve("aot");
    try {
      Files.createDirectories(directory);
      sweep(directory, file.get());
      if (Files.exists(file.get())) {
        return;
      }
      var home = Files.createTempDirectory(directory, "training-");
      try {
        train(home, file.get());
      } finally {
        discard(home);
      }
    } catch (IOException e) {
      LOG.info("The class cache was not trained: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void train(Path home, Path target) throws IOException, InterruptedException {
    var fresh = home.resolve("fresh.aot");
    var command = command(home, fresh);
    if (command.isEmpty()) {
      return;
    }
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(settings.home().resolve("log/training.log").toFile());
    // The real server's settings and secrets are not the training's.
    builder.environment().keySet().removeIf(ClassCache::ours);
    var process = builder.start();
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().unstarted(() -> abandon(process, home)));
    try {
      if (process.waitFor(MINUTES, TimeUnit.MINUTES)
          && process.exitValue() == 0
          && Files.exists(fresh)) {
        Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
        LOG.info("The next start will be faster: the class cache is trained");
      } else {
        LOG.info("The class cache was not trained: see log/training.log");
      }
    } finally {
      process.destroyForcibly();
    }
  }

  /// This process's own command with another purpose: the cache only fits the same options.
  private static List<String> command(Path home, Path fresh) {
    var self = ProcessHandle.current().info();
    var arguments = List.of(self.arguments().orElse(new String[0]));
    var jar = arguments.indexOf("-jar");
    if (self.command().isEmpty() || jar < 0) {
      return List.of();
    }
    var words = new ArrayList<>(List.of("nice", "-n", "19", self.command().get()));
    arguments.subList(0, jar).stream()
        .filter(word -> !word.startsWith("-XX:AOT") && !word.startsWith("-Dtoolwright.aot"))
        .forEach(words::add);
    words.add("-XX:AOTCacheOutput=" + fresh);
    words.addAll(arguments.subList(jar, jar + 2));
    words.addAll(List.of("train", Setting.HOME.flag(), home.toString(), Setting.PORT.flag(), "0"));
    return words;
  }

  private static boolean ours(String variable) {
    return variable.startsWith("TOOLWRIGHT_") || ModelVariable.includes(variable);
  }

  /// What trainings left that were killed, and caches that fit another Java or other jars.
  private static void sweep(Path directory, Path current) throws IOException, InterruptedException {
    try (var entries = Files.list(directory)) {
      for (var entry : (Iterable<Path>) entries::iterator) {
        var name = entry.getFileName().toString();
        if (name.startsWith("training-")) {
          discard(entry);
        } else if (name.endsWith(".aot") && !current.endsWith(name)) {
          Files.delete(entry);
        }
      }
    }
  }

  /// Ends a training because the server itself ends.
  private static void abandon(Process process, Path home) {
    if (!process.isAlive()) {
      return;
    }
    // The Java machine writes the cache in a child of its own.
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      discard(home);
    } catch (IOException e) {
      // The next start sweeps it away.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void discard(Path home) throws IOException, InterruptedException {
    EmbeddedSettings.below(home).erase();
    if (Files.exists(home)) {
      try (var below = Files.walk(home)) {
        for (var path : below.toList().reversed()) {
          Files.deleteIfExists(path);
        }
      } catch (UncheckedIOException e) {
        // A process that is just ending deletes its own.
        throw e.getCause();
      }
    }
  }
}
