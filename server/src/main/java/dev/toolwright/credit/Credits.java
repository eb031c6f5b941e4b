package dev.toolwright.credit;

import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Credits of users and workspaces. Each movement is one entry from one account to another
/// (`available`, `reserved`, `spent`); a cause is charged once, by constraint. A null limit is
/// unlimited, which is how users begin.
public final class Credits {
  private final Prices prices;
  private final CreditStore store = new CreditStore();
  private final StatementStore statements = new StatementStore();

  /// Credits at the standard prices.
  public Credits() {
    this(Prices.STANDARD);
  }

  public Credits(Prices prices) {
    this.prices = prices;
  }

  /// What an action costs.
  public BigDecimal price(PricedAction action) {
    return prices.of(action);
  }

  /// Sets the price of an action aside, as the other `reserve` does an amount.
  ///
  /// @throws Problem 402
  public void reserve(Tx tx, String workspaceId, String userId, PricedAction action, String cause) {
    take(tx, workspaceId, userId, price(action), cause, "reserve", action);
  }

  /// Spends the price of an action at once.
  ///
  /// @throws Problem 402
  public void charge(Tx tx, String workspaceId, String userId, PricedAction action, String cause) {
    take(tx, workspaceId, userId, price(action), cause, "charge", action);
  }

  /// Sets an amount aside for something that will be settled or refunded under the same cause. Zero
  /// does nothing.
  ///
  /// @throws Problem 402 when the user or the workspace has not so much left
  public void reserve(Tx tx, String workspaceId, String userId, BigDecimal amount, String cause) {
    take(tx, workspaceId, userId, amount, cause, "reserve", null);
  }

  /// Spends what was reserved under `cause`. A second time does nothing.
  public void settle(Tx tx, String workspaceId, String cause) {
    store.close(tx, workspaceId, Ids.next("cre"), cause, true);
  }

  /// Gives back what was reserved under `cause`. A second time does nothing.
  public void refund(Tx tx, String workspaceId, String cause) {
    store.close(tx, workspaceId, Ids.next("cre"), cause, false);
  }

  /// Whether what was reserved under `cause` was spent.
  public boolean isSettled(Tx tx, String workspaceId, String cause) {
    return store.hasEntry(tx, workspaceId, cause, "settle");
  }

  /// Spends at once. Zero does nothing.
  ///
  /// @throws Problem 402 when the user or the workspace has not so much left
  public void charge(Tx tx, String workspaceId, String userId, BigDecimal amount, String cause) {
    take(tx, workspaceId, userId, amount, cause, "charge", null);
  }

  private void take(
      Tx tx,
      String workspaceId,
      String userId,
      BigDecimal amount,
      String cause,
      String kind,
      @Nullable PricedAction action) {
    if (amount.signum() == 0) {
      return;
    }
    var entry =
        new CreditStore.Entry(
            workspaceId,
            Ids.next("cre"),
            userId,
            amount,
            cause,
            kind,
            action == null ? null : action.key());
    if (!store.take(tx, entry)) {
      throw tooFew(amount);
    }
  }

  /// Limits a user; null lifts the limit.
  public void limit(Tx tx, String workspaceId, String userId, @Nullable BigDecimal limit) {
    store.limit(tx, workspaceId, userId, limit);
  }

  /// What a user has spent and set aside.
  public Balance balance(Tx tx, String workspaceId, String userId) {
    return store.balance(tx, workspaceId, userId);
  }

  /// Limits a workspace as a whole; null lifts the limit.
  public void limitWorkspace(Tx tx, String workspaceId, @Nullable BigDecimal limit) {
    store.limitWorkspace(tx, workspaceId, limit);
  }

  /// What the users of a workspace have spent and set aside together.
  public Balance balanceOfWorkspace(Tx tx, String workspaceId) {
    return store.balanceOfWorkspace(tx, workspaceId);
  }

  /// A user's entries, newest first, each with the balance after it.
  ///
  /// @param from the first moment that counts
  /// @param to the first that counts no more
  public List<Movement> statement(
      Tx tx, String workspaceId, String userId, Instant from, Instant to, long offset, int limit) {
    return statements.page(tx, workspaceId, userId, from, to, offset, limit);
  }

  /// How many entries a statement has.
  public int countMovements(Tx tx, String workspaceId, String userId, Instant from, Instant to) {
    return statements.count(tx, workspaceId, userId, from, to);
  }

  /// @param limit null: unlimited
  public record Balance(@Nullable BigDecimal limit, BigDecimal spent, BigDecimal reserved) {
    public static final Balance NONE = new Balance(null, BigDecimal.ZERO, BigDecimal.ZERO);

    /// What is left of the limit, at least 0; null: unlimited.
    public @Nullable BigDecimal available() {
      return limit == null ? null : limit.subtract(spent).subtract(reserved).max(BigDecimal.ZERO);
    }
  }

  private static Problem tooFew(BigDecimal amount) {
    return Problem.of(
        Problem.Kind.PAYMENT_REQUIRED,
        "Not enough credits: this needs " + amount.stripTrailingZeros().toPlainString(),
        Map.of("needed", amount));
  }
}
