package dev.toolwright.account;

import dev.toolwright.http.Problem;
import java.util.Set;

/// The authenticated user on whose behalf something is done. Every command takes it first.
///
/// @param scope 0 admin, 1 business, 2 restricted to `groups`
/// @param groups endpoint groups granted to a restricted user
public record Caller(
    String workspaceId, String userId, String username, Role role, int scope, Set<String> groups) {
  public Caller {
    groups = Set.copyOf(groups);
  }

  public boolean isAdmin() {
    return role == Role.ADMIN;
  }

  /// @throws Problem 403 when the caller's role does not include `needed`
  public void require(Role needed) {
    if (!role.includes(needed)) {
      throw Problem.of(
          Problem.Kind.FORBIDDEN,
          "This needs the role " + needed.key() + "; yours is " + role.key());
    }
  }

  /// Whether a token of this caller may call routes of an endpoint group at all.
  public boolean mayCall(String group) {
    return switch (scope) {
      case 0 -> true;
      case 1 -> !group.equals("admin") || isAdmin();
      default -> groups.contains(group);
    };
  }
}
