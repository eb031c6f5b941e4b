package dev.toolwright.account;

import java.util.List;
import java.util.Set;

/// Which endpoint groups a user's tokens may call at all, whatever the role. Role and reach must
/// both allow a route.
///
/// @param scope 0 all groups, 1 all but `admin`, 2 only `groups`
/// @param groups of [#GROUPS]; they count with scope 2 only
public record Reach(int scope, Set<String> groups) {
  public static final String ADMINISTRATION = "admin";

  /// Every endpoint group there is.
  public static final List<String> GROUPS =
      List.of(
          "agents",
          "tools",
          "workflows",
          "jobs",
          "catalog",
          "custom-tools",
          "mcp",
          "enterprise",
          ADMINISTRATION);

  public Reach {
    groups = Set.copyOf(groups);
  }

  /// What a new user gets unless told otherwise.
  static Reach usual(Role role) {
    return new Reach(role == Role.ADMIN ? 0 : 1, Set.of());
  }

  public boolean includes(String group) {
    return switch (scope) {
      case 0 -> true;
      case 1 -> !group.equals(ADMINISTRATION);
      default -> groups.contains(group);
    };
  }

  /// Whether somebody of this reach may give the other: nobody gives more than they have.
  public boolean covers(Reach other) {
    return scope == 0
        || (other.scope != 0 && GROUPS.stream().filter(other::includes).allMatch(this::includes));
  }
}
