package dev.toolwright.delivery;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.database.Database;
import dev.toolwright.http.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What became of the webhooks at jobs' ends: for whoever started the job, and for admins.
public final class DeliveryLog {
  private final Database database;
  private final DeliveryLogStore store = new DeliveryLogStore();

  public DeliveryLog(Database database) {
    this.database = database;
  }

  /// @param total of all pages
  public record Page(List<Delivery> deliveries, int total) {}

  /// The newest first.
  ///
  /// @param state null: any
  public Page list(Caller caller, Delivery.@Nullable State state, long offset, int limit) {
    return database.direct(tx ->
        new Page(
            store.list(tx, caller.workspaceId(), owner(caller), state, offset, limit),
            store.count(tx, caller.workspaceId(), owner(caller), state)));
  }

  /// @throws Problem 404
  public Delivery.Detail get(Caller caller, String id) {
    return database
        .direct(tx -> store.find(tx, caller.workspaceId(), owner(caller), id))
        .orElseThrow(() -> Problem.notFound("Delivery", id));
  }

  /// Sends a message once more, now, under its old id; retries have another 24 hours.
  ///
  /// @throws Problem 404
  public Delivery.Detail resend(Caller caller, String id) {
    caller.require(Role.MEMBER);
    database.useTx(tx -> {
      if (!store.sendAgain(tx, caller.workspaceId(), owner(caller), id)) {
        throw Problem.notFound("Delivery", id);
      }
    });
    return get(caller, id);
  }

  /// Whose deliveries a caller sees; null: everybody's.
  private static @Nullable String owner(Caller caller) {
    return caller.isAdmin() ? null : caller.userId();
  }
}
