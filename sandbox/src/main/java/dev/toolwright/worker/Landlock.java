package dev.toolwright.worker;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/// Confines the calling thread, and every thread and program it starts, to reading some files.
final class Landlock {
  private static final int CREATE = 444;
  private static final int ADD = 445;
  private static final int RESTRICT = 446;
  private static final long EXECUTE = 1;
  private static final long READ_FILE = 4;
  private static final long READ_FOLDER = 8;

  private Landlock() {}

  /// The version of Landlock in this kernel; 0 means there is none.
  static int version() {
    return (int) Math.max(0, Kernel.call(CREATE, 0, 0, 1));
  }

  /// @param execute whether programs among the paths may be executed as well
  /// @param paths files and folders that may be read; those that do not exist are left out
  static void apply(boolean execute, Collection<String> paths) throws Unfit {
    var version = version();
    if (version == 0) {
      throw new Unfit("this kernel has no Landlock");
    }
    try (var arena = Arena.ofConfined()) {
      var attributes = arena.allocate(JAVA_LONG, 3);
      attributes.setAtIndex(JAVA_LONG, 0, files(version));
      attributes.setAtIndex(JAVA_LONG, 1, version >= 4 ? 3 : 0);
      attributes.setAtIndex(JAVA_LONG, 2, version >= 6 ? 3 : 0);
      var size = version < 4 ? 8 : version < 6 ? 16 : 24;
      var rules = (int) Kernel.must("Landlock", CREATE, attributes.address(), size, 0);
      for (var path : paths) {
        allow(arena, rules, path, execute);
      }
      Kernel.must("Landlock", RESTRICT, rules, 0);
      Kernel.close(rules);
    }
  }

  private static long files(int version) {
    return version < 2 ? 0x1FFF : version < 3 ? 0x3FFF : version < 5 ? 0x7FFF : 0xFFFF;
  }

  private static void allow(Arena arena, int rules, String path, boolean execute) throws Unfit {
    var named = Kernel.name(arena, path);
    if (named < 0) {
      return;
    }
    var rights = READ_FILE | (execute ? EXECUTE : 0);
    if (Files.isDirectory(Path.of(path))) {
      rights |= READ_FOLDER;
    }
    // The kernel's structure is packed: 8 bytes of rights, 4 of descriptor.
    var rule = arena.allocate(16, 8);
    rule.set(JAVA_LONG, 0, rights);
    rule.set(JAVA_INT, 8, named);
    Kernel.must("a Landlock rule for " + path, ADD, rules, 1, rule.address(), 0);
    Kernel.close(named);
  }
}
