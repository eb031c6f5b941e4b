package dev.toolwright.database;

import java.util.function.IntSupplier;

/// Deletes much in portions, so that no transaction lasts long.
public final class Portions {
  /// What is left is for the next time.
  private static final int MOST = 20;

  private Portions() {}

  /// Repeats `deleting` while it deletes whole portions. Returns how many were deleted.
  public static int all(int portion, IntSupplier deleting) {
    var sum = 0;
    for (var i = 0; i < MOST; i++) {
      var deleted = deleting.getAsInt();
      sum += deleted;
      if (deleted < portion) {
        break;
      }
    }
    return sum;
  }
}
