package dev.toolwright.worker;

import java.nio.ByteOrder;

/// A processor whose system calls are known.
enum Machine {
  X86_64("amd64", 0xC000003E),
  AARCH64("aarch64", 0xC00000B7);

  static final Machine HERE = here();

  private final String name;
  private final int audit;

  Machine(String name, int audit) {
    this.name = name;
    this.audit = audit;
  }

  private static Machine here() {
    var found = System.getProperty("os.arch");
    for (var machine : values()) {
      if (machine.name.equals(found) && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
        return machine;
      }
    }
    throw new IllegalStateException(
        "the sandbox knows x86-64 and aarch64, this machine is " + found);
  }

  /// The one of two numbers that belongs to this machine; -1 for a call that does not exist here.
  int number(int x86, int aarch64) {
    return this == X86_64 ? x86 : aarch64;
  }

  /// The kernel's name for it in seccomp data.
  int audit() {
    return audit;
  }
}
