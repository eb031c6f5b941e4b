package dev.toolwright.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds an interpreter and starts it as a user that is not root: behind bubblewrap where that
/// works, with Landlock where the kernel has it, with one of the two at least.
final class Launch {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String NOBODY = "65534";
  private static final String HOW =
      "Use Linux 5.13 or newer with Landlock enabled, or install bubblewrap; the container image "
          + "of Toolwright has all that is needed.";

  private final WorkerFiles files;
  private final @Nullable String chosen;

  Launch(WorkerFiles files, @Nullable String chosen) {
    this.files = files;
    this.chosen = chosen;
  }

  /// A running worker and the tier it reached.
  record Started(Zygote zygote, String tier) {}

  Started start() throws Unfit, InterruptedException {
    if (!System.getProperty("os.name").equals("Linux")) {
      throw Unfit.lasting(
          "Code tools need Linux: only its kernel can confine them.",
          "Run the container image of Toolwright, or WSL2.");
    }
    var bubblewrap = program("bwrap");
    Unfit reason = null;
    Unfit passing = null;
    for (var python : interpreters()) {
      if (bubblewrap != null) {
        try {
          var zygote = Zygote.start(behind(bubblewrap, python), PATIENCE);
          return new Started(zygote, zygote.hello().landlock() > 0 ? "A+" : "B");
        } catch (Unfit e) {
          // Bubblewrap is a bonus: many hosts forbid it.
          passing = e.passing() ? e : passing;
        }
      }
      try {
        return new Started(Zygote.start(command(python, "landlock"), PATIENCE), "A");
      } catch (Unfit e) {
        passing = e.passing() ? e : passing;
        reason = reason == null ? Unfit.lasting(python + ": " + e.text(), HOW) : reason;
      }
    }
    if (passing != null) {
      throw passing;
    }
    throw reason != null ? reason : missing();
  }

  private Unfit missing() {
    return Unfit.lasting(
        chosen == null ? "There is no Python on this host." : chosen + " cannot be executed.",
        "Install python3 (3.10 or newer) for all users, or name one in TOOLWRIGHT_PYTHON.");
  }

  private List<Path> interpreters() {
    var found = new LinkedHashSet<Path>();
    if (chosen != null) {
      add(found, Path.of(chosen));
      return List.copyOf(found);
    }
    var named = System.getenv("TOOLWRIGHT_PYTHON");
    if (named != null && !named.isBlank()) {
      add(found, Path.of(named));
      return List.copyOf(found);
    }
    add(found, Path.of("/usr/bin/python3"));
    add(found, Path.of("/usr/local/bin/python3"));
    for (var folder : path()) {
      add(found, folder.resolve("python3"));
    }
    return List.copyOf(found);
  }

  private static void add(Set<Path> found, Path python) {
    if (python.isAbsolute() && Files.isExecutable(python)) {
      found.add(python);
    }
  }

  private static List<Path> path() {
    var path = System.getenv("PATH");
    var folders = new ArrayList<Path>();
    for (var folder : (path == null ? "" : path).split(":", -1)) {
      if (folder.startsWith("/")) {
        folders.add(Path.of(folder));
      }
    }
    return folders;
  }

  static @Nullable Path program(String name) {
    for (var folder : List.of("/usr/bin", "/bin", "/usr/local/bin")) {
      var file = Path.of(folder, name);
      if (Files.isExecutable(file)) {
        return file;
      }
    }
    return null;
  }

  private List<String> command(Path python, String confinement) {
    var user = root() ? worker() : null;
    var command = new ArrayList<String>();
    var setpriv = program("setpriv");
    // BusyBox has a setpriv that cannot change the user: the worker then leaves root by itself.
    if (user != null && setpriv != null && !busyBox(setpriv)) {
      command.addAll(List.of(setpriv.toString(), "--reuid=" + user.uid(), "--regid=" + user.gid()));
      command.addAll(List.of("--clear-groups", "--no-new-privs"));
      user = null;
    }
    command.addAll(python(python, confinement));
    if (user != null) {
      command.addAll(List.of(user.uid(), user.gid()));
    }
    return command;
  }

  private List<String> python(Path python, String confinement) {
    return List.of(
        python.toString(), "-I", "-S", "-B", "-X", "utf8", files.zygote().toString(), confinement);
  }

  /// Bubblewrap as the worker user, never as root: started by root it would map its user to root.
  private List<String> behind(Path bubblewrap, Path python) throws Unfit {
    var setpriv = program("setpriv");
    if (root() && (setpriv == null || busyBox(setpriv))) {
      throw Unfit.lasting("bubblewrap needs setpriv here", "");
    }
    var plain = command(python, "bwrap");
    var command = new ArrayList<>(plain.subList(0, plain.indexOf(python.toString())));
    command.add(bubblewrap.toString());
    command.addAll(List.of("--unshare-all", "--die-with-parent", "--new-session"));
    command.addAll(List.of("--cap-drop", "ALL", "--clearenv", "--chdir", "/"));
    command.addAll(List.of("--proc", "/proc", "--dev", "/dev"));
    var shown = new LinkedHashSet<>(List.of("/usr", "/lib", "/lib64", "/bin"));
    shown.add(prefix(python));
    shown.add(files.programs().toString());
    for (var folder : shown) {
      command.addAll(List.of("--ro-bind-try", folder, folder));
    }
    command.addAll(List.of("--setenv", "LANG", "C.UTF-8"));
    command.addAll(python(python, "bwrap"));
    return command;
  }

  private static String prefix(Path python) throws Unfit {
    try {
      var bin = python.toRealPath().getParent();
      var prefix = bin == null ? null : bin.getParent();
      return prefix == null || prefix.getNameCount() == 0 ? "/usr" : prefix.toString();
    } catch (IOException e) {
      throw Unfit.lasting(python + " cannot be resolved", "");
    }
  }

  static boolean busyBox(Path program) {
    try {
      return program.toRealPath().endsWith("busybox");
    } catch (IOException e) {
      return true;
    }
  }

  record User(String uid, String gid) {}

  static boolean root() {
    return "0".equals(ids("/proc/self/status"));
  }

  private static @Nullable String ids(String status) {
    try (var lines = Files.lines(Path.of(status))) {
      return lines
          .filter(line -> line.startsWith("Uid:"))
          .map(line -> line.split("\\s+", -1)[2])
          .findFirst()
          .orElse(null);
    } catch (IOException e) {
      return null;
    }
  }

  static User worker() {
    try (var lines = Files.lines(Path.of("/etc/passwd"))) {
      return lines
          .map(line -> line.split(":", -1))
          .filter(f -> f.length > 3 && f[0].equals("toolwright") && !f[2].equals("0"))
          .map(f -> new User(f[2], f[3]))
          .findFirst()
          .orElse(new User(NOBODY, NOBODY));
    } catch (IOException e) {
      return new User(NOBODY, NOBODY);
    }
  }
}
