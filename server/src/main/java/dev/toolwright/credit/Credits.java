package dev.toolwright.credit;

import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import java.math.BigDecimal;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Credits of users and workspaces. Each movement is one entry from one account to another
/// (`available`, `reserved`, `spent`); a cause is charged once, by constraint. A null limit is
/// unlimited, which is how users begin.
public final class Credits {
  private final CreditStore store = new CreditStore();

  /// Sets an amount aside for something that will be settled or refunded under the same cause. Zero
  /// does nothing.
  ///
  /// @throws Problem 402 when the user or the workspace has not so much left
  public void reserve(Tx tx, String workspaceId, String userId, BigDecimal amount, String cause) {
    if (amount.signum() == 0) {
      return;
    }
    take(tx, workspaceId, userId, amount, cause, "reserve");
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
    if (amount.signum() == 0) {
      return;
    }
    take(tx, workspaceId, userId, amount, cause, "charge");
  }

  private void take(
      Tx tx, String workspaceId, String userId, BigDecimal amount, String cause, String kind) {
    var entry = new CreditStore.Entry(workspaceId, Ids.next("cre"), userId, amount, cause, kind);
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

  /// @param limit null: unlimited
  public record Balance(@Nullable BigDecimal limit, BigDecimal spent, BigDecimal reserved) {
    public static final Balance NONE = new Balance(null, BigDecimal.ZERO, BigDecimal.ZERO);
  }

  private static Problem tooFew(BigDecimal amount) {
    return Problem.of(
        Problem.Kind.PAYMENT_REQUIRED,
        "Not enough credits: this needs " + amount.stripTrailingZeros().toPlainString(),
        Map.of("needed", amount));
  }
}
