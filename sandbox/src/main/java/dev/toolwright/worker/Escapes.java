package dev.toolwright.worker;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/// Tries to get out of a confined worker from its host language, as a guest would that had broken
/// out of its engine.
final class Escapes {
  private static final int AT_FDCWD = -100;
  private static final int WRITE_CREATE = 0x41;
  private static final int SIGCHLD = 17;

  private final Map<String, Callable<Boolean>> attempts = new LinkedHashMap<>();
  private final Arena arena;
  private final String canary;
  private final long parent = Kernel.call(Machine.HERE.number(110, 173));

  private Escapes(Arena arena, String canary) {
    this.arena = arena;
    this.canary = canary;
    files();
    processes();
    network();
    kernel();
  }

  /// The names of the attempts that succeeded; none when the worker is confined.
  static List<String> succeeded(String canary) {
    try (var arena = Arena.ofConfined()) {
      var leaks = new ArrayList<String>();
      new Escapes(arena, canary)
          .attempts.forEach((name, attempt) -> {
            try {
              if (attempt.call()) {
                leaks.add(name);
              }
            } catch (Exception | LinkageError e) {
              // what was refused
            }
          });
      return leaks;
    }
  }

  private long text(String value) {
    return arena.allocateFrom(value).address();
  }

  private void call(String name, int x86, int aarch64, long... arguments) {
    attempts.put(name, () -> Kernel.call(Machine.HERE.number(x86, aarch64), arguments) >= 0);
  }

  private void files() {
    call("read a host file", 257, 56, AT_FDCWD, text(canary), 0);
    call("read /etc/passwd", 257, 56, AT_FDCWD, text("/etc/passwd"), 0);
    call("list /", 257, 56, AT_FDCWD, text("/"), 0x10000);
    call("read its own memory", 257, 56, AT_FDCWD, text("/proc/self/mem"), 0);
    call("read its parent", 257, 56, AT_FDCWD, text("/proc/" + parent + "/environ"), 0);
    attempts.put("read by Java", () -> !Files.readString(Path.of(canary)).isEmpty());
    for (var folder : List.of("/tmp", "/dev/shm", "/var/tmp")) {
      var file = folder + "/toolwright-" + System.nanoTime();
      call("write to " + folder, 257, 56, AT_FDCWD, text(file), WRITE_CREATE, 0x180);
    }
    call("make a folder", 258, 34, AT_FDCWD, text("/tmp/toolwright-" + System.nanoTime()), 0x1C0);
    call("change a mode", 268, 53, AT_FDCWD, text(canary), 0x1ED);
    call("truncate", 76, 45, text(canary), 0);
    call("open a handle", 304, 265, AT_FDCWD, text(canary), 0);
    call("change attributes", 188, 5, text(canary), text("user.x"), text("x"), 1, 0);
    call("change times", 280, 88, AT_FDCWD, text(canary), 0, 0);
  }

  private void processes() {
    call("signal its parent", 62, 129, parent, 0);
    call("signal everyone", 62, 129, -1, 0);
    call("name its parent", 434, 434, parent, 0);
    call("trace", 101, 117, 0, 0, 0, 0);
    call("read memory of its parent", 310, 270, parent, arena.allocate(16).address(), 1, 0, 0, 0);
    call("raise a limit", 302, 261, 0, Kernel.FSIZE, limits(), 0);
    attempts.put("be root", Kernel::isRoot);
    attempts.put("copy itself", this::copied);
    attempts.put("execute by Java", () -> new ProcessBuilder("/bin/true").start().waitFor() >= 0);
  }

  private long limits() {
    return arena.allocate(16).address();
  }

  private boolean copied() {
    var child = Kernel.call(Machine.HERE.number(56, 220), SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
      Kernel.call(Machine.HERE.number(231, 94), 0);
    }
    return child >= 0;
  }

  private void network() {
    for (var family : new int[] {1, 2, 10, 16}) {
      call("open a socket of family " + family, 41, 198, family, 1, 0);
    }
    call("make a pair of sockets", 53, 199, 1, 2, 0, limits());
    attempts.put("connect by Java", () -> connected());
    attempts.put("listen by Java", () -> listening());
  }

  private static boolean connected() throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), 1)) {
      return socket.isConnected();
    }
  }

  private static boolean listening() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.isBound();
    }
  }

  private void kernel() {
    call("io_uring", 425, 425, 1, arena.allocate(256).address());
    call("bpf", 321, 280, 0, arena.allocate(128).address(), 128);
    call("keyctl", 250, 219, 0, -3, 1);
    call("perf_event_open", 298, 241, arena.allocate(128).address(), 0, -1, -1, 0);
    call("userfaultfd", 323, 282, 1);
    call("unshare", 272, 97, 0x10000000);
    call("unshare files", 272, 97, 0x400);
    call("setns", 308, 268, 0, 0);
    call("mount", 165, 40, text("/tmp"), text("/tmp"), text("tmpfs"), 0, 0);
    call("open_tree", 428, 428, AT_FDCWD, text("/"), 0);
    call("memfd_create", 319, 279, text("x"), 0);
    call("shared memory", 29, 194, 0, 4096, 0x380);
    call("chroot", 161, 51, text("/"));
    call("be dumpable", 157, 167, 4, 1);
    call("personality", 135, 92, 0xFFFFFFFFL);
    // The last one: where it works nothing comes after it, and no answer is a leak too.
    call("execute", 59, 221, text("/bin/true"), 0, 0);
  }
}
