package dev.toolwright.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// The system calls that a confined worker may make; everything else answers EPERM. Names are
/// followed by their numbers on x86-64 and aarch64, -1 where a call does not exist.
final class SystemCalls {
  private static final int EPERM = 1;
  private static final int EACCES = 13;
  private static final int ENOSYS = 38;
  private static final int ALLOW = 0x7FFF0000;
  private static final int ERRNO = 0x00050000;
  private static final int KILL = 0x80000000;
  private static final int LOAD = 0x20;
  private static final int RETURN = 0x06;
  private static final int JUMP = 0x05;
  private static final int EQUAL = 0x15;
  private static final int AT_LEAST = 0x35;
  private static final int ANY_BIT = 0x45;
  private static final int X32 = 0x40000000;

  /// Any access but reading: WRONLY, RDWR, CREAT, TRUNC, APPEND, TMPFILE without DIRECTORY.
  private static final int OPEN_WRITE = 0x1 | 0x2 | 0x40 | 0x200 | 0x400 | 0x400000;

  private static final int CLONE_THREAD = 0x10000;

  /// The flags that make new namespaces.
  private static final int CLONE_NEW = 0x7E020000;

  // PR_SET_NAME, PR_GET_NAME, PR_SET_VMA: what a new thread and the allocator ask.
  private static final int[] PRCTLS = {15, 16, 0x53564D41};
  // F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC.
  private static final int[] FCNTLS = {0, 1, 2, 3, 4, 1030};
  // TCGETS, FIONREAD.
  private static final int[] IOCTLS = {0x5401, 0x541B};

  // pipe2 is harmless, and without it the JDK's attempt to start a process closes descriptor 0.
  private static final String PLAIN =
      """
      read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67, close 3 57, lseek 8 62
      stat 4 -1, fstat 5 80, lstat 6 -1, newfstatat 262 79, statx 332 291, access 21 -1
      faccessat 269 48, faccessat2 439 439, readlink 89 -1, readlinkat 267 78, getdents64 217 61
      getcwd 79 17, fadvise64 221 223, pipe2 293 59
      mmap 9 222, mprotect 10 226, munmap 11 215, mremap 25 216, madvise 28 233, brk 12 214
      mincore 27 232, membarrier 324 283
      poll 7 -1, ppoll 271 73, futex 202 98, nanosleep 35 101, clock_nanosleep 230 115
      sched_yield 24 124, restart_syscall 219 128
      clock_gettime 228 113, clock_getres 229 114, gettimeofday 96 169, time 201 -1, times 100 153
      getrandom 318 278, getrusage 98 165, getrlimit 97 163, sysinfo 99 179, uname 63 160
      getpid 39 172, getppid 110 173, gettid 186 178, getuid 102 174, geteuid 107 175
      getgid 104 176, getegid 108 177, getcpu 309 168, sched_getaffinity 204 123
      getpriority 140 141
      rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, sigaltstack 131 132
      set_robust_list 273 99, set_tid_address 218 96, rseq 334 293, exit 60 93, exit_group 231 94
      """;

  private SystemCalls() {}

  /// What an argument (0 to 5) must be like.
  private sealed interface Condition {
    int argument();

    record OneOf(int argument, int... values) implements Condition {}

    record Without(int argument, int bits) implements Condition {}

    record With(int argument, int bits) implements Condition {}

    record Null(int argument) implements Condition {}
  }

  /// The seccomp program for a machine: steps of operation, jump if true, jump if false, operand.
  static int[][] program(Machine machine) {
    var rules = new TreeMap<Integer, List<int[]>>();
    for (var call : PLAIN.strip().split("[,\n]", -1)) {
      var words = call.strip().split(" ", -1);
      var number = machine.number(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
      if (number >= 0) {
        rules.put(number, checks());
      }
    }
    rules.put(machine.number(257, 56), checks(new Condition.Without(2, OPEN_WRITE)));
    if (machine == Machine.X86_64) {
      rules.put(2, checks(new Condition.Without(1, OPEN_WRITE)));
    }
    rules.put(machine.number(72, 25), checks(new Condition.OneOf(1, FCNTLS)));
    rules.put(machine.number(16, 29), checks(new Condition.OneOf(1, IOCTLS)));
    rules.put(machine.number(157, 167), checks(new Condition.OneOf(0, PRCTLS)));
    // Reading its own limits, never setting them.
    rules.put(machine.number(302, 261), checks(new Condition.OneOf(0, 0), new Condition.Null(2)));
    rules.put(
        machine.number(56, 220),
        checks(new Condition.With(0, CLONE_THREAD), new Condition.Without(0, CLONE_NEW)));
    // clone3 and openat2 hide their flags in memory; the C library then takes the older ones.
    for (var number : new int[] {435, 437}) {
      rules.put(number, List.of(step(RETURN, 0, 0, ERRNO | ENOSYS)));
    }
    return whole(machine, rules).toArray(int[][]::new);
  }

  private static List<int[]> whole(Machine machine, SortedMap<Integer, List<int[]>> rules) {
    var code = new ArrayList<int[]>();
    code.add(step(LOAD, 0, 0, 4));
    code.add(step(EQUAL, 1, 0, machine.audit()));
    code.add(step(RETURN, 0, 0, KILL));
    code.add(step(LOAD, 0, 0, 0));
    if (machine == Machine.X86_64) {
      code.add(step(AT_LEAST, 0, 1, X32));
      code.add(step(RETURN, 0, 0, KILL));
    }
    code.addAll(search(List.copyOf(rules.keySet()), rules));
    return code;
  }

  /// A binary search: few steps for each call.
  private static List<int[]> search(List<Integer> numbers, SortedMap<Integer, List<int[]>> rules) {
    var code = new ArrayList<int[]>();
    if (numbers.size() <= 3) {
      for (var number : numbers) {
        var block = rules.getOrDefault(number, List.of());
        code.add(step(EQUAL, 0, block.size(), number));
        code.addAll(block);
      }
      code.add(step(RETURN, 0, 0, ERRNO | EPERM));
      return code;
    }
    var middle = numbers.size() / 2;
    var left = search(numbers.subList(0, middle), rules);
    code.add(step(AT_LEAST, 0, 1, numbers.get(middle)));
    code.add(step(JUMP, 0, 0, left.size()));
    code.addAll(left);
    code.addAll(search(numbers.subList(middle, numbers.size()), rules));
    return code;
  }

  /// Steps that allow a call if every condition holds.
  private static List<int[]> checks(Condition... conditions) {
    var code = new ArrayList<int[]>();
    var refuse = step(RETURN, 0, 0, ERRNO | EACCES);
    for (var condition : conditions) {
      var low = 16 + 8 * condition.argument();
      code.add(step(LOAD, 0, 0, low));
      switch (condition) {
        case Condition.OneOf one -> {
          var left = one.values().length;
          for (var value : one.values()) {
            code.add(step(EQUAL, left--, 0, value));
          }
        }
        case Condition.Without without -> code.add(step(ANY_BIT, 0, 1, without.bits()));
        case Condition.With with -> code.add(step(ANY_BIT, 1, 0, with.bits()));
        case Condition.Null _ -> {
          code.add(step(EQUAL, 1, 0, 0));
          code.add(refuse);
          code.add(step(LOAD, 0, 0, low + 4));
          code.add(step(EQUAL, 1, 0, 0));
        }
      }
      code.add(refuse);
    }
    code.add(step(RETURN, 0, 0, ALLOW));
    return code;
  }

  private static int[] step(int operation, int ifTrue, int ifFalse, int operand) {
    return new int[] {operation, ifTrue, ifFalse, operand};
  }
}
