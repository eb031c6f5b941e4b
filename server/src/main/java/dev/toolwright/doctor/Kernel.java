package dev.toolwright.doctor;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/// Checks of what the kernel offers to confine tool programs.
final class Kernel {
  private static final long LANDLOCK_CREATE_RULESET = 444;
  private static final int ASK_VERSION = 1;
  private static final int LEAST_ABI = 3;

  Check landlock() {
    var abi = landlockAbi();
    if (abi >= LEAST_ABI) {
      return Check.fine("Landlock", "ABI " + abi);
    }
    return Check.absent(
        "Landlock",
        abi > 0 ? "ABI " + abi + " is too old" : "this system does not offer it",
        "use Linux 6.2 or newer with Landlock enabled, or install bubblewrap: without either, tool"
            + " programs are refused");
  }

  Check seccomp() {
    try {
      var actions = Files.readString(Path.of("/proc/sys/kernel/seccomp/actions_avail"));
      if (actions.contains("kill_process")) {
        return Check.fine("seccomp", "system calls of tool programs can be filtered");
      }
    } catch (IOException e) {
      return withoutSeccomp();
    }
    return withoutSeccomp();
  }

  private static Check withoutSeccomp() {
    return Check.broken(
        "seccomp",
        "this system cannot filter system calls, so tool programs are refused",
        "run Toolwright on Linux, in its container image or in WSL2");
  }

  /// The version of Landlock that the kernel speaks; 0 without Landlock. No library offers the
  /// call, and the number is the same on all processors.
  @SuppressWarnings("restricted") // calling the kernel is the purpose
  private static long landlockAbi() {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      return 0;
    }
    var linker = Linker.nativeLinker();
    var call =
        linker.downcallHandle(
            linker.defaultLookup().find("syscall").orElse(MemorySegment.NULL),
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(1));
    try {
      return Math.max(
          0, (long) call.invokeExact(LANDLOCK_CREATE_RULESET, MemorySegment.NULL, 0L, ASK_VERSION));
    } catch (Throwable e) {
      // A method handle declares Throwable; the call itself cannot throw.
      throw new IllegalStateException(e);
    }
  }
}
