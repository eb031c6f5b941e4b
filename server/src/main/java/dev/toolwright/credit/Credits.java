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
    if (!store.reserve(tx, workspaceId, userId, amount)) {
      throw tooFew(amount);
    }
    store.enter(
        tx,
        Ids.next("cre"),
        workspaceId,
        userId,
        "available",
        "reserved",
        amount,
        cause,
        "reserve");
  }

  /// Spends what was reserved under `cause`. A second time does nothing.
  public void settle(Tx tx, String workspaceId, String cause) {
    close(tx, workspaceId, cause, "spent", "settle");
  }

  /// Gives back what was reserved under `cause`. A second time does nothing.
  public void refund(Tx tx, String workspaceId, String cause) {
    close(tx, workspaceId, cause, "available", "refund");
  }

  private void close(Tx tx, String workspaceId, String cause, String to, String kind) {
    store
        .openReservation(tx, workspaceId, cause)
        .ifPresent(entry -> {
          store.enter(
              tx,
              Ids.next("cre"),
              workspaceId,
              entry.userId(),
              "reserved",
              to,
              entry.amount(),
              cause,
              kind);
          store.release(tx, workspaceId, entry.userId(), entry.amount(), to.equals("spent"));
        });
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
    if (!store.spend(tx, workspaceId, userId, amount)) {
      throw tooFew(amount);
    }
    store.enter(
        tx, Ids.next("cre"), workspaceId, userId, "available", "spent", amount, cause, "charge");
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
  public record Balance(@Nullable BigDecimal limit, BigDecimal spent, BigDecimal reserved) {}

  private static Problem tooFew(BigDecimal amount) {
    return Problem.of(
        Problem.Kind.PAYMENT_REQUIRED,
        "Not enough credits: this needs " + amount.stripTrailingZeros().toPlainString(),
        Map.of("needed", amount));
  }
}
