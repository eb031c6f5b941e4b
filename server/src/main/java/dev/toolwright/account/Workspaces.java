package dev.toolwright.account;

import dev.toolwright.audit.Audit;
import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.util.List;
import java.util.Set;

/// The workspaces of the server. Everybody sees their own; the admins of scope 0 of the first
/// workspace, `default`, see all, open and close them.
public final class Workspaces {
  /// The workspace that the server begins with, whose admins look after the server.
  public static final String FIRST = "default";

  private final Database database;
  private final Accounts accounts;
  private final Users users;
  private final Audit audit;
  private final WorkspaceStore store = new WorkspaceStore();
  private final TokenStore tokens = new TokenStore();

  public Workspaces(Database database, Accounts accounts, Users users, Audit audit) {
    this.database = database;
    this.accounts = accounts;
    this.users = users;
    this.audit = audit;
  }

  /// One page of a list.
  ///
  /// @param count of everything, not of the page
  public record Found(List<Workspace> workspaces, int count) {}

  /// A new workspace and its first admin.
  public record Opened(Workspace workspace, Caller admin) {}

  /// Oldest first.
  ///
  /// @param page from 1
  public Found list(Caller caller, int page, int limit) {
    return database.inTx(tx -> {
      if (looksAfterServer(tx, caller)) {
        return new Found(store.list(tx, (page - 1L) * limit, limit), store.count(tx));
      }
      var own = store.find(tx, caller.workspaceId()).stream().toList();
      return new Found(page == 1 ? own : List.of(), own.size());
    });
  }

  /// @throws Problem 404 for one that the caller does not see
  public Workspace get(Caller caller, String id) {
    return database.direct(tx -> seen(tx, caller, id));
  }

  /// Opens a workspace with its first admin, who has every right in it and none elsewhere.
  ///
  /// @throws Problem 403, or 409 when the workspace's or the admin's name is taken
  public Opened open(Caller caller, String name, String adminName, String adminPassword)
      throws InterruptedException {
    database.useTx(tx -> requireServer(tx, caller));
    var hash = accounts.hash(adminPassword);
    return database.inTx(tx -> {
      var id = accounts.createWorkspace(tx, name);
      var admin =
          accounts.insert(
              tx,
              caller.userId(),
              new NewUser(id, adminName, adminPassword, Role.ADMIN, 0, Set.of()),
              hash);
      record(tx, caller, "workspace_opened", id, name);
      return new Opened(store.find(tx, id).orElseThrow(), admin);
    });
  }

  /// Says how many jobs of a workspace run at the same time, on all servers together. Those that
  /// run go on.
  ///
  /// @throws Problem 404, 403
  public Workspace limitRunning(Caller caller, String id, int most) {
    return database.inTx(tx -> {
      var workspace = seen(tx, caller, id);
      requireServer(tx, caller);
      store.limitRunning(tx, workspace.id(), most);
      audit.record(
          tx,
          caller.workspaceId(),
          caller.userId(),
          "workspace_limited",
          workspace.id(),
          Json.object().put("max_running_jobs", most));
      return store.find(tx, workspace.id()).orElseThrow();
    });
  }

  /// Closes a workspace for good: its users' tokens end at once, its jobs go no further, its data
  /// stays. A second time does nothing.
  ///
  /// @throws Problem 404, 403, or 409 for the first workspace
  public Workspace close(Caller caller, String id) {
    return users.changing(tx -> {
      var workspace = seen(tx, caller, id);
      requireServer(tx, caller);
      if (workspace.name().equals(FIRST)) {
        throw Problem.of(
            Problem.Kind.CONFLICT, "The workspace " + FIRST + " looks after the server and stays");
      }
      if (store.close(tx, workspace.id())) {
        tokens.revokeOfWorkspace(tx, workspace.id());
        record(tx, caller, "workspace_closed", workspace.id(), workspace.name());
      }
      return store.find(tx, workspace.id()).orElseThrow();
    });
  }

  /// @throws Problem 404
  public Workspace seen(Tx tx, Caller caller, String id) {
    if (!id.equals(caller.workspaceId()) && !looksAfterServer(tx, caller)) {
      throw Problem.notFound("Workspace", id);
    }
    return store.find(tx, id).orElseThrow(() -> Problem.notFound("Workspace", id));
  }

  /// @throws Problem 403 for who does not look after the server
  public void requireServer(Tx tx, Caller caller) {
    if (!looksAfterServer(tx, caller)) {
      throw Problem.of(
          Problem.Kind.FORBIDDEN,
          "Only an admin of scope 0 of the workspace " + FIRST + " may do this");
    }
  }

  private boolean looksAfterServer(Tx tx, Caller caller) {
    return caller.administers()
        && caller.scope() == 0
        && store.find(tx, caller.workspaceId()).filter(own -> own.name().equals(FIRST)).isPresent();
  }

  private void record(Tx tx, Caller caller, String event, String id, String name) {
    audit.record(
        tx, caller.workspaceId(), caller.userId(), event, id, Json.object().put("name", name));
  }
}
