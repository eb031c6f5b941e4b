package dev.toolwright.account;

import java.time.Instant;

/// A user as administration shows it.
///
/// @param hasPassword false: the user calls with API tokens only
public record User(
    String workspaceId,
    String id,
    String username,
    Role role,
    Reach reach,
    boolean active,
    boolean hasPassword,
    Instant createdAt) {
  /// The same user as a caller, for asking what they may do.
  public Caller caller() {
    return new Caller(workspaceId, id, username, role, reach.scope(), reach.groups());
  }

  /// Whether this user can give anybody any right. A workspace always keeps one such user.
  boolean isFullAdmin() {
    return active && role == Role.ADMIN && reach.scope() == 0;
  }
}
