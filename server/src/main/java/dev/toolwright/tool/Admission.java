package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.credit.Credits;
import dev.toolwright.database.Database;
import dev.toolwright.database.Fresh;
import dev.toolwright.database.Notices;
import java.math.BigDecimal;
import java.util.Optional;

/// What a call costs, and when it is paid: whoever has a limit pays before the call; everybody else
/// with its record, in one commit.
final class Admission {
  private final Database database;
  private final Credits credits;
  private final CallStore store = new CallStore();
  private final Fresh<Payer, Boolean> limited = new Fresh<>();

  private record Payer(String workspaceId, String userId) {}

  Admission(Database database, Notices notices, Credits credits) {
    this.database = database;
    this.credits = credits;
    notices.subscribe(Credits.LIMITS_CHANGED, limited::clear);
  }

  BigDecimal price(CallContext context) {
    return credits.price(context.action());
  }

  /// @return what is still to be charged
  /// @throws dev.toolwright.http.Problem 402 without enough credits
  BigDecimal admit(Caller caller, CallContext context) {
    var price = price(context);
    if (context.paid()) {
      return BigDecimal.ZERO;
    }
    if (price.signum() == 0 || !isLimited(new Payer(caller.workspaceId(), caller.userId()))) {
      return price;
    }
    database.useTx(tx ->
        credits.charge(
            tx, caller.workspaceId(), caller.userId(), context.action(), context.callId()));
    return BigDecimal.ZERO;
  }

  private boolean isLimited(Payer payer) {
    return limited
        .get(
            payer,
            () ->
                Optional.of(
                    database.direct(
                        tx -> store.isLimited(tx, payer.workspaceId(), payer.userId()))))
        .orElse(true);
  }

  /// What a suspended call still owes: nothing when it was paid for before it began.
  BigDecimal due(Caller caller, CallContext context) {
    var price = price(context);
    return context.paid()
            || price.signum() == 0
            || database.<Boolean>direct(
                tx -> credits.isCharged(tx, caller.workspaceId(), context.callId()))
        ? BigDecimal.ZERO
        : price;
  }
}
