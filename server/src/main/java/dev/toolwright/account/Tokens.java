package dev.toolwright.account;

import dev.toolwright.database.Database;
import dev.toolwright.http.Problem;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// API tokens: one's own, and as an admin those of the workspace's users.
public final class Tokens {
  /// The name of the tokens that a password gives; nobody else may use it.
  public static final String SIGN_IN = Accounts.SIGN_IN;

  private static final int MOST = 100;

  private final Database database;
  private final Accounts accounts;
  private final Users users;
  private final TokenStore store = new TokenStore();

  public Tokens(Database database, Accounts accounts, Users users) {
    this.database = database;
    this.accounts = accounts;
    this.users = users;
  }

  /// The live tokens of a user.
  ///
  /// @param userId `me` is the caller
  /// @throws Problem 404 for a user whom the caller does not see
  public List<ApiToken> list(Caller caller, String userId) {
    return database.direct(tx -> {
      var user = users.seen(tx, caller, userId);
      return store.list(tx, user.workspaceId(), user.id());
    });
  }

  /// Issues a token for oneself, or as an admin for a user who has no more rights than oneself.
  ///
  /// @param expiresAt null: never
  /// @throws Problem 404, 403, or 409 for a user who is not active or has 100 live tokens
  public IssuedToken issue(Caller caller, String userId, String name, @Nullable Instant expiresAt) {
    return database.inTx(tx -> {
      var seen = users.seen(tx, caller, userId);
      var user = seen.id().equals(caller.userId()) ? seen : users.managed(tx, caller, userId);
      if (!user.active()) {
        throw Problem.of(Problem.Kind.CONFLICT, user.username() + " is not active");
      }
      if (store.count(tx, user.workspaceId(), user.id()) >= MOST) {
        throw Problem.of(
            Problem.Kind.CONFLICT,
            user.username() + " has " + MOST + " live tokens: revoke one first");
      }
      return accounts.issue(tx, caller.userId(), user.caller(), name, expiresAt);
    });
  }

  /// Revokes a token: one's own, or as an admin any of the workspace.
  ///
  /// @throws Problem 404 when there is no such live token to revoke
  public void revoke(Caller caller, String tokenId) {
    accounts.revoke(caller, tokenId);
    users.tell();
  }
}
