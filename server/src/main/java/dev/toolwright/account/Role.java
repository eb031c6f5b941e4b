package dev.toolwright.account;

import java.util.Locale;

/// What a user may do in a workspace: a viewer reads, a member builds and runs, an admin manages.
public enum Role {
  VIEWER,
  MEMBER,
  ADMIN;

  /// The lower-case name used in the database and in JSON.
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Role of(String key) {
    return valueOf(key.toUpperCase(Locale.ROOT));
  }

  public boolean includes(Role other) {
    return compareTo(other) >= 0;
  }
}
