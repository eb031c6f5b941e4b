package dev.toolwright.account;

import dev.toolwright.audit.Audit;
import dev.toolwright.database.Database;
import dev.toolwright.database.Fresh;
import dev.toolwright.database.Notices;
import dev.toolwright.database.Tx;
import dev.toolwright.egress.EgressRules;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where the requests of a workspace may go, as its admins say. It narrows what the server allows
/// and never widens it. A change holds on every node within two seconds.
public final class WorkspaceEgress {
  private static final String CHANGED = "egress-changed";

  private final Database database;
  private final Notices notices;
  private final Workspaces workspaces;
  private final Audit audit;
  private final WorkspaceEgressStore store = new WorkspaceEgressStore();
  private final Fresh<String, EgressRules> rules = new Fresh<>();

  public WorkspaceEgress(Database database, Notices notices, Workspaces workspaces, Audit audit) {
    this.database = database;
    this.notices = notices;
    this.workspaces = workspaces;
    this.audit = audit;
    notices.subscribe(CHANGED, rules::clear);
  }

  /// What a workspace's admins said.
  ///
  /// @param allow nothing else is reached; null: all that the server allows
  /// @param changedAt null when nobody ever said anything
  public record Said(@Nullable List<String> allow, List<String> deny, @Nullable Instant changedAt) {
    static final Said NOTHING = new Said(null, List.of(), null);

    EgressRules rules() {
      return EgressRules.of(allow, deny);
    }
  }

  /// What somebody wants to change.
  ///
  /// @param changesAllow whether `allow` takes the place of the list there was
  /// @param allow null: no list any more
  /// @param deny null: as it is
  public record Change(
      boolean changesAllow, @Nullable List<String> allow, @Nullable List<String> deny) {
    private Said of(Said old) {
      return new Said(
          changesAllow ? allow : old.allow(), deny == null ? old.deny() : deny, old.changedAt());
    }
  }

  /// The rules of a workspace, at most two seconds old.
  public EgressRules of(String workspaceId) {
    return rules
        .get(workspaceId, () -> Optional.of(database.direct(tx -> said(tx, workspaceId).rules())))
        .orElseThrow();
  }

  private Said said(Tx tx, String workspaceId) {
    return store.find(tx, workspaceId).orElse(Said.NOTHING);
  }

  /// @throws Problem 403, or 404 for a workspace that the caller does not see
  public Said get(Caller caller, String workspaceId) {
    caller.requireAdministration();
    return database.inTx(tx -> said(tx, workspaces.seen(tx, caller, workspaceId).id()));
  }

  /// @throws Problem 403, or 404 for a workspace that the caller does not see
  /// @throws IllegalArgumentException for an entry that is no rule
  public Said change(Caller caller, String workspaceId, Change change) {
    caller.requireAdministration();
    var changed =
        database.inTx(tx -> {
          var id = workspaces.seen(tx, caller, workspaceId).id();
          store.lock(tx, id);
          var said = change.of(said(tx, id));
          said.rules();
          store.put(tx, id, said.allow(), said.deny());
          record(tx, caller, id, said);
          return said(tx, id);
        });
    notices.add(CHANGED);
    return changed;
  }

  private void record(Tx tx, Caller caller, String workspaceId, Said said) {
    var data = Json.object();
    data.set("allow", said.allow() == null ? null : Json.tree(said.allow()));
    data.set("deny", Json.tree(said.deny()));
    audit.record(tx, caller.workspaceId(), caller.userId(), "egress_changed", workspaceId, data);
  }
}
