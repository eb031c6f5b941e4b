package dev.toolwright.account;

import dev.toolwright.audit.Audit;
import dev.toolwright.database.Database;
import dev.toolwright.database.Fresh;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Workspaces, their users, and the tokens users call with.
public final class Accounts {
  private static final Logger LOG = LoggerFactory.getLogger(Accounts.class);
  private static final Pattern API_TOKEN = Pattern.compile("tw_[0-9a-f]{64}");
  private static final int TOKEN_BYTES = 32;
  static final String SIGN_IN = "get_token";
  private static final Duration SIGN_IN_LIFE = Duration.ofDays(30);
  private static final int MOST_SIGN_INS = 10;

  private final Database database;
  private final Audit audit;
  private final InstantSource clock;
  private final AccountStore store = new AccountStore();
  private final Fresh<ByteBuffer, AccountStore.Holder> cache = new Fresh<>();
  private final Passwords passwords = new Passwords();
  private final SignInAttempts attempts;

  public Accounts(Database database, Audit audit, InstantSource clock) {
    this.database = database;
    this.audit = audit;
    this.clock = clock;
    this.attempts = new SignInAttempts(clock);
  }

  /// Creates a workspace and returns its id.
  ///
  /// @throws Problem 409 when the name is taken
  public String createWorkspace(Tx tx, String name) {
    var id = Ids.next("ws");
    if (!store.insertWorkspace(tx, id, name)) {
      throw Problem.of(Problem.Kind.CONFLICT, "A workspace named " + name + " exists");
    }
    return id;
  }

  public Optional<String> workspace(Tx tx, String name) {
    return store.workspace(tx, name);
  }

  /// Creates a user, without asking who does: for the first user and for commands that have checked
  /// their caller. Hashes the password, which takes some 50 ms, before it opens a transaction.
  ///
  /// @throws Problem 409 when the name is taken, on any workspace of the server
  public Caller createUser(NewUser user) throws InterruptedException {
    return createUser(user, (_, made) -> made);
  }

  /// Creates a user as above, and does more in the same transaction.
  public <T> T createUser(NewUser user, BiFunction<Tx, Caller, T> more)
      throws InterruptedException {
    var hash = user.password() == null ? null : passwords.hash(user.password());
    return database.inTx(tx -> more.apply(tx, insert(tx, null, user, hash)));
  }

  /// @param by who creates the user; null: the server itself
  Caller insert(Tx tx, @Nullable String by, NewUser user, @Nullable String hash) {
    var id = Ids.next("user");
    if (!store.insertUser(tx, id, user, hash)) {
      throw Problem.of(Problem.Kind.CONFLICT, "The username " + user.username() + " is taken");
    }
    audit.record(
        tx,
        user.workspaceId(),
        by,
        "user_created",
        id,
        Json.object().put("role", user.role().key()).put("scope", user.scope()));
    return new Caller(
        user.workspaceId(), id, user.username(), user.role(), user.scope(), user.groups());
  }

  /// The stored form of a password. Takes some 50 ms: call it outside transactions.
  String hash(String password) throws InterruptedException {
    return passwords.hash(password);
  }

  /// Whether there is a user of that name, active or not.
  public boolean exists(Tx tx, String username) {
    return store.byUsername(tx, username).isPresent();
  }

  /// The active user of that name.
  public Optional<Caller> user(Tx tx, String username) {
    return store
        .byUsername(tx, username)
        .filter(AccountStore.User::active)
        .map(AccountStore.User::caller);
  }

  /// The active user of that id, as it is now: for work done later on a user's behalf.
  public Optional<Caller> user(Tx tx, String workspaceId, String userId) {
    return store.byId(tx, workspaceId, userId);
  }

  /// Issues an API token. It is known only in the answer.
  ///
  /// @param name what the user calls it
  public IssuedToken issue(Tx tx, Caller holder, String name, @Nullable Instant expiresAt) {
    return issue(tx, holder.userId(), holder, name, expiresAt);
  }

  /// @param by who issues it
  IssuedToken issue(Tx tx, String by, Caller holder, String name, @Nullable Instant expiresAt) {
    var id = Ids.next("token");
    var token = "tw_" + Ids.random(TOKEN_BYTES);
    // The database would round to its microseconds, perhaps up.
    var end = expiresAt == null ? null : expiresAt.truncatedTo(ChronoUnit.MICROS);
    store.insertToken(tx, holder, id, name, sha256(token), end);
    audit.record(
        tx,
        holder.workspaceId(),
        by,
        "token_issued",
        id,
        Json.object().put("name", name).put("user_id", holder.userId()));
    return new IssuedToken(id, token, end);
  }

  /// Exchanges a password for an API token of 30 days. A user has at most ten of these; an eleventh
  /// revokes the oldest. Failures are slowed by username and address, and audited.
  ///
  /// @param address where the request came from
  /// @throws Problem 401, or 429 after several failures
  public IssuedToken signIn(String username, String password, String address)
      throws InterruptedException {
    attempts.admit(username, address);
    var user = database.direct(tx -> store.byUsername(tx, username)).orElse(null);
    var matches =
        passwords.matches(
            password,
            user == null ? null : user.passwordHash(),
            () -> attempts.admit(username, address));
    if (user == null || !matches || !user.active()) {
      attempts.failed(username, address);
      noteRefusal(user, address);
      throw Problem.of(Problem.Kind.UNAUTHORIZED, "Wrong username or password");
    }
    attempts.succeeded(username, address);
    var issued = database.inTx(tx -> replaceOldest(tx, user.caller()));
    cache.clear();
    return issued;
  }

  /// A new token of 30 days. It takes the place of one that came of signing in; a token that was
  /// made for a program stays.
  public IssuedToken renew(Caller caller, String tokenId) {
    var issued =
        database.inTx(tx -> {
          if (store.isNamed(tx, caller.workspaceId(), tokenId, SIGN_IN)) {
            revoke(tx, caller, tokenId, caller.userId());
          }
          return replaceOldest(tx, caller);
        });
    cache.clear();
    return issued;
  }

  /// Whether this is the user's password. Wrong ones are slowed as those of sign-ins are.
  ///
  /// @param hash null: the user has no password
  boolean confirms(String username, String password, @Nullable String hash, String address)
      throws InterruptedException {
    attempts.admit(username, address);
    var matches = passwords.matches(password, hash, () -> attempts.admit(username, address));
    if (!matches) {
      attempts.failed(username, address);
    }
    return matches;
  }

  /// Whose token this is; empty for one that is unknown, expired or revoked. Answers from the last
  /// two seconds are kept, so a revocation on another node takes that long to be seen.
  public Optional<Caller> authenticate(String token) {
    return session(token).map(Session::caller);
  }

  /// Who calls, and with which of their tokens.
  public record Session(Caller caller, String tokenId) {}

  /// As [#authenticate].
  public Optional<Session> session(String token) {
    if (!API_TOKEN.matcher(token).matches()) {
      return Optional.empty();
    }
    var hash = sha256(token);
    return cache
        .get(ByteBuffer.wrap(hash), () -> read(hash))
        .filter(holder -> !expired(holder))
        .map(holder -> new Session(holder.caller(), holder.tokenId()));
  }

  /// Forgets what was read before: somebody's rights changed.
  void forget() {
    cache.clear();
  }

  /// Revokes a token: one's own, or as an admin any of the workspace.
  ///
  /// @throws Problem 404 when there is no such live token to revoke
  public void revoke(Caller caller, String tokenId) {
    database.useTx(tx -> {
      if (!revoke(tx, caller, tokenId, caller.administers() ? null : caller.userId())) {
        throw Problem.notFound("Token", tokenId);
      }
    });
    cache.clear();
  }

  /// @param whose null: anyone's in the workspace
  private boolean revoke(Tx tx, Caller caller, String tokenId, @Nullable String whose) {
    var revoked = store.revoke(tx, caller.workspaceId(), tokenId, whose);
    if (revoked) {
      audit.record(
          tx, caller.workspaceId(), caller.userId(), "token_revoked", tokenId, Json.object());
    }
    return revoked;
  }

  private Optional<AccountStore.Holder> read(byte[] hash) {
    return database.direct(tx -> {
      var found = store.byToken(tx, hash);
      found
          .filter(AccountStore.Holder::stale)
          .ifPresent(holder -> store.touch(tx, holder.caller().workspaceId(), holder.tokenId()));
      return found;
    });
  }

  private boolean expired(AccountStore.Holder holder) {
    return holder.expiresAt() != null && !clock.instant().isBefore(holder.expiresAt());
  }

  private IssuedToken replaceOldest(Tx tx, Caller user) {
    store.lock(tx, user);
    // Whole seconds, so that the face shows exactly what is stored.
    var expiresAt = clock.instant().plus(SIGN_IN_LIFE).truncatedTo(ChronoUnit.SECONDS);
    var issued = issue(tx, user, SIGN_IN, expiresAt);
    store.revokeOldest(tx, user, SIGN_IN, MOST_SIGN_INS);
    return issued;
  }

  private void noteRefusal(AccountStore.@Nullable User user, String address) {
    if (user == null) {
      LOG.info("Sign-in refused: unknown username, from {}", address);
      return;
    }
    var caller = user.caller();
    database.useTx(tx ->
        audit.record(
            tx,
            caller.workspaceId(),
            null,
            "sign_in_refused",
            caller.userId(),
            Json.object().put("address", address)));
  }

  private static byte[] sha256(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
