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
  /// Told, after its commit, when somebody's limit was changed.
  public static final String LIMITS_CHANGED = "limits-changed";

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

  /// Somebody's price, to be set aside under a cause.
  public record Reservation(String workspaceId, String userId, PricedAction action, String cause) {}

  /// Sets several aside, all or none.
  ///
  /// @throws Problem 402
  public void reserve(Tx tx, List<Reservation> all) {
    var entries =
        all.stream()
            .filter(one -> price(one.action()).signum() > 0)
            .map(one ->
                entry(
                    one.workspaceId(),
                    one.userId(),
                    price(one.action()),
                    one.cause(),
                    "reserve",
                    one.action()))
            .toList();
    if (!entries.isEmpty() && store.take(tx, entries) < entries.size()) {
      throw tooFew(entries.getFirst().amount());
    }
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
    close(tx, List.of(new Closing(workspaceId, cause, true)));
  }

  /// Gives back what was reserved under `cause`. A second time does nothing.
  public void refund(Tx tx, String workspaceId, String cause) {
    close(tx, List.of(new Closing(workspaceId, cause, false)));
  }

  /// What becomes of what was reserved under a cause.
  ///
  /// @param spend it is spent, otherwise it is given back
  public record Closing(String workspaceId, String cause, boolean spend) {}

  /// Settles and refunds several.
  public void close(Tx tx, List<Closing> all) {
    if (!all.isEmpty()) {
      store.close(tx, all);
    }
  }

  /// Whether what was reserved under `cause` was spent.
  public boolean isSettled(Tx tx, String workspaceId, String cause) {
    return store.hasEntry(tx, workspaceId, cause, "settle");
  }

  /// Whether something was spent at once under `cause`.
  public boolean isCharged(Tx tx, String workspaceId, String cause) {
    return store.hasEntry(tx, workspaceId, cause, "charge");
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
    var entry = entry(workspaceId, userId, amount, cause, kind, action);
    if (store.take(tx, List.of(entry)) == 0) {
      throw tooFew(amount);
    }
  }

  private static CreditStore.Entry entry(
      String workspaceId,
      String userId,
      BigDecimal amount,
      String cause,
      String kind,
      @Nullable PricedAction action) {
    return new CreditStore.Entry(
        workspaceId,
        Ids.next("cre"),
        userId,
        amount,
        cause,
        kind,
        action == null ? null : action.key());
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
