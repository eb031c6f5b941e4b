package dev.toolwright.account;

import dev.toolwright.http.Problem;
import java.util.Set;

/// The authenticated user on whose behalf something is done. Every command takes it first.
///
/// @param scope 0 every endpoint group, 1 all but administration, 2 restricted to `groups`
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

  /// Which endpoint groups this caller may call.
  public Reach reach() {
    return new Reach(scope, groups);
  }

  /// Whether a token of this caller may call routes of an endpoint group at all.
  public boolean mayCall(String group) {
    return reach().includes(group);
  }

  /// Whether this caller may administer the workspace: role and reach both allow it.
  public boolean administers() {
    return isAdmin() && mayCall(Reach.ADMINISTRATION);
  }

  /// @throws Problem 403 when the caller does not administer the workspace
  public void requireAdministration() {
    require(Role.ADMIN);
    if (!administers()) {
      throw Problem.of(
          Problem.Kind.FORBIDDEN,
          "Your user may not call the endpoints of " + Reach.ADMINISTRATION);
    }
  }
}
