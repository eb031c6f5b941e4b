package dev.toolwright.account;

import dev.toolwright.audit.Audit;
import dev.toolwright.database.Database;
import dev.toolwright.database.Notices;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The users of a workspace, as its admins manage them and as they see themselves. Somebody else's
/// user does not exist for who does not administer the workspace. Nobody gives rights that they do
/// not have, nor manages a user who has more; the last admin with every right stays.
public final class Users {
  /// Tells that callers' rights changed.
  static final String CHANGED = "accounts-changed";

  private final Database database;
  private final Accounts accounts;
  private final Audit audit;
  private final Notices notices;
  private final UserStore store = new UserStore();
  private final TokenStore tokens = new TokenStore();

  public Users(Database database, Accounts accounts, Audit audit, Notices notices) {
    this.database = database;
    this.accounts = accounts;
    this.audit = audit;
    this.notices = notices;
    notices.subscribe(CHANGED, accounts::forget);
  }

  /// One page of a list.
  ///
  /// @param count of everything, not of the page
  public record Found(List<User> users, int count) {}

  /// The users whose name contains `search`, by name.
  ///
  /// @param page from 1
  public Found list(Caller caller, @Nullable String search, int page, int limit) {
    caller.requireAdministration();
    var workspace = caller.workspaceId();
    return database.inTx(tx ->
        new Found(
            store.list(tx, workspace, search, (page - 1L) * limit, limit),
            store.count(tx, workspace, search)));
  }

  /// @param id `me` is the caller
  /// @throws Problem 404 for a user whom the caller does not see
  public User get(Caller caller, String id) {
    return database.direct(tx -> seen(tx, caller, id));
  }

  /// Creates a user of the caller's workspace.
  ///
  /// @param password at least 10 characters; null: the user calls with API tokens only
  /// @throws Problem 409 when the name is taken on any workspace, 403 for more than the caller has
  public User create(Caller caller, String username, @Nullable String password, UserDraft draft)
      throws InterruptedException {
    caller.requireAdministration();
    var role = draft.role() == null ? Role.MEMBER : draft.role();
    var reach = draft.reach(Reach.usual(role));
    requireCovered(caller, reach);
    var user =
        new NewUser(caller.workspaceId(), username, password, role, reach.scope(), reach.groups());
    var hash = password == null ? null : accounts.hash(password);
    return database.inTx(tx -> {
      var made = accounts.insert(tx, caller.userId(), user, hash);
      return store.find(tx, made.workspaceId(), made.userId()).orElseThrow();
    });
  }

  /// Changes a user. Who is no longer active loses every token at once.
  ///
  /// @throws Problem 404, 403, or 409 when the workspace would lose its last full admin
  public User update(Caller caller, String id, UserDraft draft) {
    caller.requireAdministration();
    return changing(tx -> {
      store.lockWorkspace(tx, caller.workspaceId());
      var before = managed(tx, caller, id);
      var after =
          new User(
              before.workspaceId(),
              before.id(),
              before.username(),
              draft.role() == null ? before.role() : draft.role(),
              draft.reach(before.reach()),
              draft.active() == null ? before.active() : draft.active(),
              before.hasPassword(),
              before.createdAt());
      requireCovered(caller, after.reach());
      if (before.isFullAdmin()
          && !after.isFullAdmin()
          && store.countFullAdmins(tx, before.workspaceId()) == 1) {
        throw Problem.of(
            Problem.Kind.CONFLICT,
            before.username() + " is the last admin of scope 0: give another user that first");
      }
      store.update(tx, after);
      if (!after.active()) {
        tokens.revokeAll(tx, after.workspaceId(), after.id());
      }
      if (!after.equals(before)) {
        record(tx, caller, event(before, after), after.id(), rights(after));
      }
      return after;
    });
  }

  /// Deactivates a user: what they made stays, their tokens end at once. A second time does
  /// nothing.
  ///
  /// @throws Problem as [#update]
  public User deactivate(Caller caller, String id) {
    return update(caller, id, new UserDraft(null, null, null, false));
  }

  /// Sets a password: one's own, knowing the old one, or as an admin another user's. It ends the
  /// sign-ins made with the old one, except the one that the call itself came with.
  ///
  /// @param current the caller's password so far; needed for one's own
  /// @param address where the request came from: wrong guesses are slowed
  /// @param tokenId of the call
  /// @throws Problem 404, 403, 429 after several wrong ones
  public User changePassword(
      Caller caller,
      String id,
      @Nullable String current,
      String password,
      String address,
      String tokenId)
      throws InterruptedException {
    var user = get(caller, id);
    if (user.id().equals(caller.userId())) {
      confirm(user, current, address);
    } else {
      caller.requireAdministration();
      requireCovered(caller, user.reach());
    }
    var hash = accounts.hash(password);
    return changing(tx -> {
      store.setPassword(tx, user.workspaceId(), user.id(), hash);
      tokens.revokeNamed(tx, user.workspaceId(), user.id(), Accounts.SIGN_IN, tokenId);
      record(tx, caller, "password_changed", user.id(), Json.object());
      return seen(tx, caller, user.id());
    });
  }

  private void confirm(User user, @Nullable String current, String address)
      throws InterruptedException {
    if (current == null) {
      throw Problem.invalid("current_password is required");
    }
    var hash = database.direct(tx -> store.passwordHash(tx, user.workspaceId(), user.id()));
    if (!accounts.confirms(user.username(), current, hash.orElse(null), address)) {
      throw Problem.of(
          Problem.Kind.FORBIDDEN, "current_password is not the password of " + user.username());
    }
  }

  /// The user of that id, if the caller sees it.
  ///
  /// @throws Problem 404
  public User seen(Tx tx, Caller caller, String id) {
    var wanted = id.equals("me") ? caller.userId() : id;
    if (!wanted.equals(caller.userId()) && !caller.administers()) {
      throw Problem.notFound("User", id);
    }
    return store
        .find(tx, caller.workspaceId(), wanted)
        .orElseThrow(() -> Problem.notFound("User", id));
  }

  /// The same, for a caller who may change its rights.
  ///
  /// @throws Problem 404 or 403
  User managed(Tx tx, Caller caller, String id) {
    var user = seen(tx, caller, id);
    caller.requireAdministration();
    requireCovered(caller, user.reach());
    return user;
  }

  /// Runs a change of somebody's rights; afterwards no node answers from what it read before.
  <T> T changing(Function<Tx, T> work) {
    var result = database.inTx(work);
    tell();
    return result;
  }

  /// Tells every node that somebody's rights changed.
  void tell() {
    notices.add(CHANGED);
  }

  private static void requireCovered(Caller caller, Reach reach) {
    if (!caller.reach().covers(reach)) {
      throw Problem.of(
          Problem.Kind.FORBIDDEN, "You cannot give or manage more endpoint groups than you have");
    }
  }

  private static String event(User before, User after) {
    if (before.active() == after.active()) {
      return "user_changed";
    }
    return after.active() ? "user_reactivated" : "user_deactivated";
  }

  private static ObjectNode rights(User user) {
    var rights = Json.object().put("role", user.role().key()).put("scope", user.reach().scope());
    user.reach().groups().stream().sorted().forEach(rights.putArray("groups")::add);
    return rights;
  }

  private void record(Tx tx, Caller caller, String event, String subject, ObjectNode data) {
    audit.record(tx, caller.workspaceId(), caller.userId(), event, subject, data);
  }
}
