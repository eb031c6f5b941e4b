package dev.toolwright.usage;

import dev.toolwright.account.Caller;
import dev.toolwright.account.User;
import dev.toolwright.account.Users;
import dev.toolwright.account.Workspace;
import dev.toolwright.account.Workspaces;
import dev.toolwright.audit.Audit;
import dev.toolwright.credit.Credits;
import dev.toolwright.credit.Movement;
import dev.toolwright.database.Database;
import dev.toolwright.database.Notices;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The credits of users and workspaces as people read and limit them. A user reads their own;
/// admins read and limit those of the workspace; who looks after the server limits workspaces.
public final class Budgets {
  private final Database database;
  private final Notices notices;
  private final Users users;
  private final Workspaces workspaces;
  private final Credits credits;
  private final Audit audit;

  public Budgets(
      Database database,
      Notices notices,
      Users users,
      Workspaces workspaces,
      Credits credits,
      Audit audit) {
    this.database = database;
    this.notices = notices;
    this.users = users;
    this.workspaces = workspaces;
    this.credits = credits;
    this.audit = audit;
  }

  /// Credits of a user.
  ///
  /// @param available what the user can still spend: the lesser of what the user and the workspace
  ///   have left; null: unlimited
  public record OfUser(User user, Credits.Balance balance, @Nullable BigDecimal available) {}

  /// Credits of a workspace.
  public record OfWorkspace(Workspace workspace, Credits.Balance balance) {}

  /// Entries of a period, newest first.
  ///
  /// @param count of all entries of the period
  public record Statement(OfUser now, List<Movement> movements, int count) {}

  /// @param userId `me` is the caller
  /// @throws Problem 404 for a user whom the caller does not see
  public OfUser ofUser(Caller caller, String userId) {
    return database.inTx(tx -> ofUser(tx, users.seen(tx, caller, userId)));
  }

  private OfUser ofUser(Tx tx, User user) {
    var own = credits.balance(tx, user.workspaceId(), user.id());
    var all = credits.balanceOfWorkspace(tx, user.workspaceId());
    return new OfUser(user, own, lesser(own.available(), all.available()));
  }

  private static @Nullable BigDecimal lesser(@Nullable BigDecimal one, @Nullable BigDecimal other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.min(other);
  }

  /// Limits what a user may spend in all, what was spent before included; null lifts the limit.
  ///
  /// @throws Problem 403 or 404
  public OfUser limitUser(Caller caller, String userId, @Nullable BigDecimal limit) {
    caller.requireAdministration();
    return limiting(tx -> {
      var user = users.seen(tx, caller, userId);
      credits.limit(tx, user.workspaceId(), user.id(), limit);
      record(tx, caller, user.id(), limit);
      return ofUser(tx, user);
    });
  }

  /// @param from the first moment that counts
  /// @param to the first that counts no more
  /// @param page from 1
  /// @throws Problem 404 for a user whom the caller does not see
  public Statement statement(
      Caller caller, String userId, Instant from, Instant to, int page, int limit) {
    return database.inTx(tx -> {
      var now = ofUser(tx, users.seen(tx, caller, userId));
      var workspace = now.user().workspaceId();
      var user = now.user().id();
      return new Statement(
          now,
          credits.statement(tx, workspace, user, from, to, (page - 1L) * limit, limit),
          credits.countMovements(tx, workspace, user, from, to));
    });
  }

  /// @throws Problem 403, or 404 for a workspace that the caller does not see
  public OfWorkspace ofWorkspace(Caller caller, String workspaceId) {
    caller.requireAdministration();
    return database.inTx(tx -> ofWorkspace(tx, workspaces.seen(tx, caller, workspaceId)));
  }

  private OfWorkspace ofWorkspace(Tx tx, Workspace workspace) {
    return new OfWorkspace(workspace, credits.balanceOfWorkspace(tx, workspace.id()));
  }

  /// Limits what a workspace may spend in all, what was spent before included; null lifts the
  /// limit.
  ///
  /// @throws Problem 403 or 404
  public OfWorkspace limitWorkspace(Caller caller, String workspaceId, @Nullable BigDecimal limit) {
    return limiting(tx -> {
      var workspace = workspaces.seen(tx, caller, workspaceId);
      workspaces.requireServer(tx, caller);
      credits.limitWorkspace(tx, workspace.id(), limit);
      record(tx, caller, workspace.id(), limit);
      return ofWorkspace(tx, workspace);
    });
  }

  private <T> T limiting(Function<Tx, T> work) {
    var result = database.inTx(work);
    notices.add(Credits.LIMITS_CHANGED);
    return result;
  }

  private void record(Tx tx, Caller caller, String subject, @Nullable BigDecimal limit) {
    audit.record(
        tx,
        caller.workspaceId(),
        caller.userId(),
        "credit_limit_set",
        subject,
        Json.object().put("limit", limit));
  }
}
