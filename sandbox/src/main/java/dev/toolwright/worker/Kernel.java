package dev.toolwright.worker;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.List;

/// System calls by number, on Linux.
final class Kernel {
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  // Restricted, because a wrong signature breaks the JVM: this one is that of syscall(2).
  @SuppressWarnings("restricted")
  private static final MethodHandle SYSCALL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
              FunctionDescriptor.of(
                  JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                  JAVA_LONG),
              Linker.Option.firstVariadicArg(1),
              Linker.Option.captureCallState("errno"));

  static final int FSIZE = 1;
  static final int CORE = 4;
  static final int NOFILE = 7;
  private static final int O_PATH_CLOEXEC = 0x280000;
  private static final int AT_FDCWD = -100;

  private Kernel() {}

  /// What the call answers; the negative error number if it fails.
  static long call(long number, long... arguments) {
    var all = new long[6];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    try (var arena = Arena.ofConfined()) {
      var state = arena.allocate(STATE);
      var result =
          (long) SYSCALL.invokeExact(state, number, all[0], all[1], all[2], all[3], all[4], all[5]);
      return result == -1 ? -(int) ERRNO.get(state, 0L) : result;
    } catch (Throwable e) {
      throw new IllegalStateException("a system call cannot be made", e);
    }
  }

  /// Makes a call that must work.
  static long must(String what, long number, long... arguments) throws Unfit {
    var result = call(number, arguments);
    if (result < 0) {
      throw new Unfit("the kernel refuses " + what + " (error " + -result + ")");
    }
    return result;
  }

  static void noNewRights() throws Unfit {
    must("PR_SET_NO_NEW_PRIVS", Machine.HERE.number(157, 167), 38, 1);
  }

  /// The kernel ends this process with SIGKILL when the thread that started it ends.
  static void endWithParent() throws Unfit {
    must("PR_SET_PDEATHSIG", Machine.HERE.number(157, 167), 1, 9);
  }

  /// Hides this process from others of the same user.
  static void undumpable() throws Unfit {
    must("PR_SET_DUMPABLE", Machine.HERE.number(157, 167), 4, 0);
  }

  static void limit(int resource, long most) throws Unfit {
    try (var arena = Arena.ofConfined()) {
      var limits = arena.allocate(JAVA_LONG, 2);
      limits.setAtIndex(JAVA_LONG, 0, most);
      limits.setAtIndex(JAVA_LONG, 1, most);
      must("a limit", Machine.HERE.number(302, 261), 0, resource, limits.address(), 0);
    }
  }

  /// Real, effective and saved ids of user and group are all another than root's.
  static boolean isRoot() {
    for (var number :
        new long[] {
          Machine.HERE.number(102, 174),
          Machine.HERE.number(107, 175),
          Machine.HERE.number(104, 176),
          Machine.HERE.number(108, 177)
        }) {
      if (call(number) == 0) {
        return true;
      }
    }
    return false;
  }

  /// A descriptor that only names the file, or the negative error number.
  static int name(Arena arena, String path) {
    var text = arena.allocateFrom(path);
    return (int) call(Machine.HERE.number(257, 56), AT_FDCWD, text.address(), O_PATH_CLOEXEC, 0);
  }

  static void close(int descriptor) {
    call(Machine.HERE.number(3, 57), descriptor);
  }

  /// Becomes another program, keeping descriptors and confinement. Returns only by failing.
  static Unfit become(List<String> command) {
    try (var arena = Arena.ofConfined()) {
      var path = arena.allocateFrom(command.getFirst());
      var result =
          call(
              Machine.HERE.number(59, 221),
              path.address(),
              texts(arena, command).address(),
              texts(arena, List.of("LANG=C.UTF-8")).address());
      return new Unfit(command.getFirst() + " cannot be executed (error " + -result + ")");
    }
  }

  private static MemorySegment texts(Arena arena, List<String> texts) {
    var array = arena.allocate(ADDRESS, texts.size() + 1L);
    for (var i = 0; i < texts.size(); i++) {
      array.setAtIndex(ADDRESS, i, arena.allocateFrom(texts.get(i)));
    }
    array.setAtIndex(ADDRESS, texts.size(), MemorySegment.NULL);
    return array;
  }

  /// Hands a seccomp program to the kernel, for every thread of this process.
  static void filter(int[][] steps) throws Unfit {
    try (var arena = Arena.ofConfined()) {
      var code = arena.allocate(8L * steps.length, 8);
      for (var i = 0; i < steps.length; i++) {
        var step = steps[i];
        code.set(JAVA_INT, 8L * i, step[0] | step[1] << 16 | step[2] << 24);
        code.set(JAVA_INT, 8L * i + 4, step[3]);
      }
      var program = arena.allocate(16, 8);
      program.set(JAVA_INT, 0, steps.length);
      program.set(ADDRESS, 8, code);
      // SECCOMP_SET_MODE_FILTER with TSYNC, which answers the id of a thread that cannot follow.
      var result = must("seccomp", Machine.HERE.number(317, 277), 1, 1, program.address());
      if (result != 0) {
        throw new Unfit("a thread cannot be confined");
      }
    }
  }
}
