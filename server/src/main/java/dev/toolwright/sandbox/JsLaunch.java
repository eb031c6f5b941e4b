package dev.toolwright.sandbox;

import dev.toolwright.json.Ids;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Starts JavaScript workers: a JVM that lets Landlock confine it, becomes another JVM, and is
/// never root.
final class JsLaunch {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String WORKER = "toolwright-sandbox-";
  private static final String MAIN = "dev.toolwright.worker.Main";
  private static final String HOW =
      "Use Linux 5.13 or newer with Landlock enabled, and a JDK that every user may execute.";

  private final Path canary;
  private final List<Path> jars;
  private final Path java = Path.of(System.getProperty("java.home")).toAbsolutePath();

  private JsLaunch(Path canary, List<Path> jars) {
    this.canary = canary;
    this.jars = jars;
  }

  /// What a worker is started for.
  enum Purpose {
    /// Running and parsing tools.
    CALLS("192m", 4),
    /// Taking types out once. TypeScript is large, and the best compiler would not pay off before
    /// the end.
    TYPES("640m", 1);

    private final String heap;
    private final int compiler;

    Purpose(String heap, int compiler) {
      this.heap = heap;
      this.compiler = compiler;
    }
  }

  /// @throws Unfit when the worker's files are missing or cannot be placed
  static JsLaunch from(JavaScriptSettings settings) throws Unfit {
    if (!System.getProperty("os.name").equals("Linux")) {
      throw Unfit.lasting(
          "Code tools need Linux: only its kernel can confine them.",
          "Run the container image of Toolwright, or WSL2.");
    }
    var directory = settings.directory().toAbsolutePath();
    try {
      Files.createDirectories(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
      var canary = directory.resolve("canary");
      Files.writeString(canary, Ids.random(16));
      Files.setPosixFilePermissions(canary, PosixFilePermissions.fromString("rw-r--r--"));
      var jars = jars(settings.libraries(), directory.resolve("lib"));
      return new JsLaunch(canary, jars);
    } catch (IOException e) {
      throw Unfit.lasting(
          "The files of the JavaScript worker cannot be placed in " + directory + ".",
          "Make that folder writable for the server, and check " + settings.libraries() + ".");
    }
  }

  /// The jars where the worker user can read them: where they are, or copies.
  private static List<Path> jars(Path libraries, Path copies) throws IOException, Unfit {
    var found = listed(libraries);
    if (found.stream().noneMatch(jar -> name(jar).startsWith(WORKER))) {
      throw Unfit.lasting(
          "The JavaScript worker is missing in " + libraries + ".",
          "Install the product as a whole, with its folder sandbox-lib.");
    }
    if (readableByAll(libraries) && found.stream().allMatch(JsLaunch::readable)) {
      return found;
    }
    Files.createDirectories(copies);
    Files.setPosixFilePermissions(copies, PosixFilePermissions.fromString("rwxr-xr-x"));
    var placed = new ArrayList<Path>();
    for (var jar : found) {
      var copy = copies.resolve(name(jar));
      if (!same(jar, copy)) {
        var fresh = Files.createTempFile(copies, ".", ".new");
        Files.copy(
            jar, fresh, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
        Files.move(fresh, copy, StandardCopyOption.ATOMIC_MOVE);
      }
      placed.add(copy);
    }
    return List.copyOf(placed);
  }

  private static List<Path> listed(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (var files = Files.list(folder.toAbsolutePath())) {
      return files.filter(file -> name(file).endsWith(".jar")).sorted().toList();
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static boolean same(Path one, Path other) throws IOException {
    return Files.exists(other)
        && Files.size(one) == Files.size(other)
        && Files.getLastModifiedTime(one).equals(Files.getLastModifiedTime(other));
  }

  private static boolean readableByAll(Path folder) throws IOException {
    for (var at = folder.toRealPath(); at != null; at = at.getParent()) {
      if (!Files.getPosixFilePermissions(at).contains(PosixFilePermission.OTHERS_EXECUTE)) {
        return false;
      }
    }
    return true;
  }

  private static boolean readable(Path file) {
    try {
      return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
    } catch (IOException e) {
      return false;
    }
  }

  /// Starts a worker and has it try to escape.
  ///
  /// @param threads calls it serves at once
  /// @param ended runs when it is gone
  JsWorker start(Purpose purpose, int threads, Runnable ended) throws Unfit, InterruptedException {
    var worker = JsWorker.start(command(purpose, threads), PATIENCE, ended);
    try {
      JsSelfTest.check(worker, canary);
      return worker;
    } catch (Unfit | InterruptedException | RuntimeException e) {
      worker.kill();
      throw e;
    }
  }

  private List<String> command(Purpose purpose, int threads) throws Unfit {
    var command = new ArrayList<>(becoming());
    var folders = java + ":" + jars.getFirst().getParent();
    var ours = jars.stream().filter(jar -> name(jar).startsWith(WORKER)).findFirst().orElseThrow();
    command.addAll(jvm("32m"));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", ours.toString(), MAIN));
    command.addAll(List.of("confine", folders));
    command.addAll(jvm(purpose.heap));
    command.addAll(
        List.of(
            // A call leaves a whole context behind: a small nursery would have to be swept for each
            // few.
            "-Xms48m",
            "-Xmn32m",
            "-XX:TieredStopAtLevel=" + purpose.compiler,
            "-XX:MaxDirectMemorySize=16m",
            "-XX:MinHeapFreeRatio=20",
            "-XX:MaxHeapFreeRatio=40",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dtruffle.UseFallbackRuntime=true",
            "-Dpolyglotimpl.AttachLibraryFailureAction=ignore"));
    var classPath = String.join(":", jars.stream().map(Path::toString).toList());
    command.addAll(List.of("-cp", classPath, MAIN, "serve", folders));
    command.addAll(List.of(Integer.toString(threads), canary.toString()));
    return List.copyOf(command);
  }

  private List<String> jvm(String heap) {
    return List.of(
        java.resolve("bin/java").toString(),
        "-Xmx" + heap,
        "-Xms16m",
        "-Xss4m",
        "-XX:+UseSerialGC",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:+DisplayVMOutputToStderr",
        "-XX:-UseBASE64Intrinsics",
        "-XX:-UsePerfData",
        "-XX:+DisableAttachMechanism",
        "-Duser.language=en",
        "-Duser.timezone=UTC",
        "-Djava.io.tmpdir=/nonexistent",
        "--enable-native-access=ALL-UNNAMED");
  }

  /// What makes the worker another user than root.
  private static List<String> becoming() throws Unfit {
    if (!Launch.root()) {
      return List.of();
    }
    var setpriv = setpriv();
    if (setpriv == null) {
      throw Unfit.lasting(
          "A server that runs as root needs setpriv to give its JavaScript workers another user.",
          "Install util-linux, or run the server as an ordinary user.");
    }
    var user = Launch.worker();
    return List.of(
        setpriv.toString(),
        "--reuid=" + user.uid(),
        "--regid=" + user.gid(),
        "--clear-groups",
        "--no-new-privs");
  }

  private static @Nullable Path setpriv() {
    var found = Launch.program("setpriv");
    return found == null || Launch.busyBox(found) ? null : found;
  }

  static String how() {
    return HOW;
  }
}
