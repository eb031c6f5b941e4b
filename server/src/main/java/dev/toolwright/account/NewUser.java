package dev.toolwright.account;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A user to be created. `toString` leaves the password out.
///
/// @param password null: the user signs in with API tokens only
/// @param scope 0 every endpoint group, 1 all but administration, 2 restricted to `groups`
public record NewUser(
    String workspaceId,
    String username,
    @Nullable String password,
    Role role,
    int scope,
    Set<String> groups) {
  public NewUser {
    groups = Set.copyOf(groups);
  }

  @Override
  public String toString() {
    return "NewUser[" + username + " in " + workspaceId + "]";
  }
}
