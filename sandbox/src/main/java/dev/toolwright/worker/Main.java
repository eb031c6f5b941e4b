package dev.toolwright.worker;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// The worker, in two lives of one process.
///
/// `confine FOLDERS COMMAND…` lets Landlock close everything but the folders (separated by colons)
/// and what a JVM needs, and becomes the command. Only so is every thread of the JVM confined, also
/// those that the JVM itself starts: Landlock confines a thread and what comes after it.
///
/// `serve FOLDERS THREADS CANARY` closes all but the folders for the threads that touch foreign
/// bytes, has seccomp allow what [SystemCalls] lists, and then takes orders.
public final class Main {
  private static final int BUFFER = 1 << 16;
  private static final List<String> OF_A_JVM =
      List.of(
          "/lib",
          "/lib64",
          "/usr/lib",
          "/usr/lib64",
          "/etc/ld.so.cache",
          "/etc/ld-musl-x86_64.path",
          "/etc/ld-musl-aarch64.path",
          "/proc",
          "/sys/fs/cgroup",
          "/sys/devices/system",
          "/sys/kernel/mm");
  private static final List<String> RANDOM = List.of("/dev/urandom", "/dev/random");
  private static final long OPEN_FILES = 128;

  private Main() {}

  /// @param arguments see the type
  public static void main(String[] arguments) throws IOException {
    var out = new FileOutputStream(FileDescriptor.out);
    System.setOut(System.err); // standard output carries frames only
    var frames =
        new Frames(
            new DataInputStream(
                new BufferedInputStream(new FileInputStream(FileDescriptor.in), BUFFER)),
            new DataOutputStream(new BufferedOutputStream(out, BUFFER)));
    try {
      var folders = List.of(arguments[1].split(":", -1));
      if (arguments[0].equals("confine")) {
        throw confine(folders, List.of(arguments).subList(2, arguments.length));
      }
      serve(frames, folders, Integer.parseInt(arguments[2]), arguments[3]);
    } catch (Unfit | IllegalStateException | ExceptionInInitializerError e) {
      var cause = e instanceof ExceptionInInitializerError ? e.getCause() : e;
      frames.say('F', 0, List.of(String.valueOf(cause == null ? e : cause.getMessage())));
      Runtime.getRuntime().halt(1);
    }
  }

  private static Unfit confine(List<String> folders, List<String> command) throws Unfit {
    if (Kernel.isRoot()) {
      return new Unfit("the worker must not run as root");
    }
    var readable = new ArrayList<>(folders);
    readable.addAll(OF_A_JVM);
    readable.addAll(RANDOM);
    Kernel.noNewRights();
    Kernel.endWithParent();
    Landlock.apply(true, readable);
    return Kernel.become(command);
  }

  private static void serve(Frames frames, List<String> folders, int threads, String canary)
      throws Unfit, IOException {
    var landlock = Landlock.version();
    var guest = new Guest();
    warmUp(guest, frames);
    try (var arena = Arena.ofConfined()) {
      if (Kernel.name(arena, canary) < 0 || readable(arena, canary)) {
        throw new Unfit("Landlock does not hold for the whole process");
      }
    }
    Kernel.noNewRights();
    Kernel.endWithParent();
    Kernel.undumpable();
    Kernel.limit(Kernel.FSIZE, 0);
    Kernel.limit(Kernel.CORE, 0);
    Kernel.limit(Kernel.NOFILE, OPEN_FILES);
    var readable = new ArrayList<>(folders);
    readable.addAll(RANDOM);
    Landlock.apply(false, readable);
    Kernel.filter(SystemCalls.program(Machine.HERE));
    var calls = new Calls(guest, frames, threads);
    System.gc(); // the memory that starting took goes back to the host
    frames.say('H', 0, List.of(Runtime.version().toString(), Integer.toString(landlock)));
    obey(frames, guest, calls);
    Runtime.getRuntime().halt(0);
  }

  private static boolean readable(Arena arena, String canary) {
    var text = arena.allocateFrom(canary);
    return Kernel.call(Machine.HERE.number(257, 56), -100, text.address(), 0) >= 0;
  }

  private static void warmUp(Guest guest, Frames frames) throws IOException {
    try (var fresh = guest.fresh()) {
      var code =
          "console.log(params.n, [context]); return {n: params.n, t: new Date(0).toISOString()}";
      var call = new Frames.Order('C', 0, 0, List.of(code, "", "{\"n\":1}", "{}"));
      guest.run(fresh, call, new Questions(frames, 0));
      new Check(fresh.context()).examine("return 1", "", "");
    }
  }

  private static void obey(Frames frames, Guest guest, Calls calls) throws IOException {
    for (var order = frames.next(); order != null; order = frames.next()) {
      switch (order.letter()) {
        case 'C', 'P' -> calls.begin(order);
        case 'A' -> calls.answer(order);
        case 'K' -> calls.stop(order.number());
        case 'T' -> {
          var leaks = String.join(", ", Escapes.succeeded(order.text(0)));
          frames.say('R', order.number(), List.of("", "o", leaks));
        }
        case 'X' -> {
          var said = new ArrayList<>(List.of(""));
          said.addAll(new Transpiler(guest).strip(order.text(0), order.text(1)));
          frames.say('R', order.number(), said);
        }
        default -> throw new IOException("impossible order");
      }
    }
  }
}
