package dev.toolwright.account;

import dev.toolwright.database.Database;
import dev.toolwright.database.Fresh;
import java.util.Optional;

/// Users as they are now, for work that goes on without their being there: rights are checked again
/// at every step.
public final class Members {
  private final Database database;
  private final Accounts accounts;
  private final Fresh<String, Caller> users = new Fresh<>();

  public Members(Database database, Accounts accounts) {
    this.database = database;
    this.accounts = accounts;
  }

  /// The user, if they may still act and are let into a group of endpoints.
  public Optional<Caller> find(String workspaceId, String userId, String group) {
    return users
        .get(userId, () -> database.direct(tx -> accounts.user(tx, workspaceId, userId)))
        .filter(caller -> caller.role().includes(Role.MEMBER) && caller.mayCall(group));
  }
}
