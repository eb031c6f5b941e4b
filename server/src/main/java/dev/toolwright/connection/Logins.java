package dev.toolwright.connection;

import dev.toolwright.connection.TokenClient.Tokens;
import dev.toolwright.database.Database;
import dev.toolwright.database.Fresh;
import dev.toolwright.database.Notices;
import dev.toolwright.egress.Egress;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.SecretUnreadable;
import dev.toolwright.vault.Vault;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Opens what connections, and tools with credentials of their own, send to show who they are.
/// Tokens of OAuth are asked for when they are needed and renewed before they end; of several
/// servers one asks.
public final class Logins {
  static final String CHANGED = "logins-changed";

  /// A token that ends sooner is not used any more.
  private static final Duration SPARE = Duration.ofSeconds(30);

  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final long LOOK_MILLIS = 100;
  private static final Duration STAMP = Duration.ofSeconds(30);
  private static final int MOST_KEPT = 10_000;

  private final Database database;
  private final Notices notices;
  private final Vault vault;
  private final Credentials credentials;
  private final TokenClient tokens;
  private final LoginStore store = new LoginStore();
  private final Fresh<Key, Opened> opened = new Fresh<>();
  private final Map<Object, Kept> kept = new ConcurrentHashMap<>();
  private final Map<Key, Stamp> stamped = new ConcurrentHashMap<>();

  private record Key(String workspaceId, String connectionId, String holder) {}

  /// @param token null: there is none
  private record Opened(LoginStore.Row row, Map<String, Secret> secrets, @Nullable Secret token) {
    /// Null when there is none, or it has ended.
    @Nullable Secret liveToken() {
      return row.tokenEnded() ? null : token;
    }
  }

  private record Stamp(@Nullable String failure, long at) {}

  /// A token that only this server knows.
  private record Kept(Secret token, long until) {}

  public Logins(Database database, Notices notices, Vault vault, Egress egress) {
    this.database = database;
    this.notices = notices;
    this.vault = vault;
    this.credentials = new Credentials(vault);
    this.tokens = new TokenClient(egress);
    notices.subscribe(CHANGED, opened::clear);
  }

  /// Who a tool with a credential of its own is.
  ///
  /// @throws SecretUnreadable when its secrets cannot be opened
  public Login own(String workspaceId, Auth auth, @Nullable Held held)
      throws LoginRefused, InterruptedException {
    if (held == null) {
      return new Login(auth, Map.of(), null, Map.of());
    }
    var secrets = new HashMap<>(database.direct(tx -> credentials.open(tx, workspaceId, held)));
    if (auth instanceof Auth.ClientCredentials oauth) {
      secrets.put(
          Auth.ACCESS_TOKEN, token(workspaceId, held, oauth, secrets.get(Auth.CLIENT_SECRET)));
    }
    return new Login(auth, secrets, null, Map.of());
  }

  /// The token of client credentials, kept by this server until shortly before it ends.
  private Secret token(
      String workspaceId, Held held, Auth.ClientCredentials oauth, @Nullable Secret clientSecret)
      throws LoginRefused, InterruptedException {
    var key = tokenKey(held, oauth, clientSecret);
    var known = kept.get(key);
    if (known != null && known.until() - System.nanoTime() > 0) {
      return known.token();
    }
    var given = asked(workspaceId, oauth, clientSecret);
    var life = given.life() == null ? Duration.ofMinutes(5) : given.life();
    if (kept.size() >= MOST_KEPT) {
      kept.clear();
    }
    kept.put(key, new Kept(given.access(), System.nanoTime() + life.minus(spare(life)).toNanos()));
    return given.access();
  }

  private static Object tokenKey(
      Held held, Auth.ClientCredentials oauth, @Nullable Secret clientSecret) {
    // Another secret under the same id makes another key; the secret itself is in none.
    return Map.entry(
        held.id(), Map.entry(oauth, clientSecret == null ? 0 : clientSecret.reveal().hashCode()));
  }

  /// A short life is not used up by the margin before its end.
  private static Duration spare(Duration life) {
    var tenth = life.dividedBy(10);
    return tenth.compareTo(SPARE) < 0 ? tenth : SPARE;
  }

  private Tokens asked(
      String workspaceId, Auth.ClientCredentials oauth, @Nullable Secret clientSecret)
      throws LoginRefused, InterruptedException {
    var form = new HashMap<>(Map.of("grant_type", "client_credentials"));
    if (!oauth.scope().isBlank()) {
      form.put("scope", oauth.scope());
    }
    try {
      return tokens.ask(workspaceId, endpoint(oauth), clientSecret, form);
    } catch (TokenClient.Refused e) {
      throw new LoginRefused(String.valueOf(e.getMessage()), !e.isForGood());
    }
  }

  /// Who a connection is for a user who calls.
  ///
  /// @throws SecretUnreadable when its secrets cannot be opened
  public Login of(Connection connection, String userId) throws LoginRefused, InterruptedException {
    var content = connection.content();
    var key = new Key(connection.workspaceId(), connection.id(), connection.holder(userId));
    var now = opened(key, content.credentialId());
    var secrets = new HashMap<>(now.secrets());
    var auth = content.auth();
    if (auth.tokenEndpoint() != null) {
      secrets.put(Auth.ACCESS_TOKEN, token(connection, key, now));
    } else if (content.sharing() == Connection.Sharing.PER_USER && secrets.isEmpty()) {
      throw new LoginRefused(
          "You have no credential for "
              + title(connection)
              + " yet: PUT /api/connections/"
              + connection.id()
              + "/credentials",
          false);
    }
    return new Login(auth, secrets, content.baseUrl(), content.headers());
  }

  private Opened opened(Key key, @Nullable String credentialId) {
    return opened
        .get(
            key,
            () ->
                Optional.of(
                    database.direct(tx -> {
                      var row = store.find(tx, key.workspaceId(), key.connectionId(), key.holder());
                      var held =
                          credentialId == null ? row.held() : new Held(credentialId, Set.of());
                      var token =
                          row.tokenId() == null
                              ? null
                              : tokenOf(
                                  vault.open(tx, key.workspaceId(), row.tokenId()), "access_token");
                      if (token != null) {
                        vault.used(key.workspaceId(), token);
                      }
                      return new Opened(row, credentials.open(tx, key.workspaceId(), held), token);
                    })))
        .orElseThrow();
  }

  private static @Nullable Secret tokenOf(Secret document, String name) {
    var token = Json.stored(document.reveal()).path(name);
    return token.isString() ? Secret.of(token.asString()) : null;
  }

  private Secret token(Connection connection, Key key, Opened first)
      throws LoginRefused, InterruptedException {
    var now = first;
    var end = System.nanoTime() + LEASE.toNanos();
    while (true) {
      if (now.liveToken() != null) {
        return now.liveToken();
      }
      if (now.row().needsConsent()) {
        throw consentNeeded(connection);
      }
      if (database.inTx(
          tx ->
              store.takeRefresh(tx, key.workspaceId(), key.connectionId(), key.holder(), LEASE))) {
        opened.clear();
        // What counts may have changed before the lease was ours.
        now = opened(key, connection.content().credentialId());
        if (now.liveToken() != null) {
          leave(key, false);
          return now.liveToken();
        }
        return renewed(connection, key, now);
      }
      if (System.nanoTime() > end) {
        throw new LoginRefused("The token of " + title(connection) + " is being renewed", true);
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      opened.clear();
      now = opened(key, connection.content().credentialId());
    }
  }

  private Secret renewed(Connection connection, Key key, Opened now)
      throws LoginRefused, InterruptedException {
    var done = false;
    try {
      var token =
          switch (connection.content().auth()) {
            case Auth.ClientCredentials oauth ->
                granted(
                    key,
                    oauth,
                    asked(key.workspaceId(), oauth, now.secrets().get(Auth.CLIENT_SECRET)));
            case Auth.AuthorizationCode oauth -> refreshed(connection, key, oauth, now);
            case Auth.None _, Auth.ApiKey _, Auth.Bearer _, Auth.Basic _ ->
                throw new IllegalStateException("no token endpoint");
          };
      done = true;
      return token;
    } finally {
      if (!done) {
        leave(key, false);
      }
    }
  }

  private Secret refreshed(Connection connection, Key key, Auth.AuthorizationCode oauth, Opened now)
      throws LoginRefused, InterruptedException {
    var tokenId = now.row().tokenId();
    var refresh =
        tokenId == null
            ? null
            : tokenOf(
                database.direct(tx -> vault.open(tx, key.workspaceId(), tokenId)), "refresh_token");
    if (refresh == null) {
      throw consentNeeded(connection);
    }
    try {
      var given =
          tokens.ask(
              key.workspaceId(),
              endpoint(oauth),
              now.secrets().get(Auth.CLIENT_SECRET),
              oauth.with(Map.of("grant_type", "refresh_token", "refresh_token", refresh.reveal())));
      return granted(
          key,
          oauth,
          new Tokens(
              given.access(),
              given.refresh() == null ? refresh : given.refresh(),
              given.life(),
              given.scope() == null ? now.row().scope() : given.scope()));
    } catch (TokenClient.Refused e) {
      if (e.isForGood()) {
        leave(key, true);
        database.useTx(tx ->
            store.used(
                tx,
                key.workspaceId(),
                key.connectionId(),
                key.holder(),
                String.valueOf(e.getMessage())));
        throw consentNeeded(connection);
      }
      throw new LoginRefused(String.valueOf(e.getMessage()), true);
    }
  }

  /// Exchanges the code of a consent for tokens.
  void granted(
      Connection connection, String holder, Auth.AuthorizationCode oauth, Map<String, String> form)
      throws TokenClient.Refused, InterruptedException {
    var key = new Key(connection.workspaceId(), connection.id(), holder);
    opened.clear();
    var now = opened(key, connection.content().credentialId());
    var secret = now.secrets().get(Auth.CLIENT_SECRET);
    granted(key, oauth, tokens.ask(key.workspaceId(), endpoint(oauth), secret, oauth.with(form)));
  }

  private Secret granted(Key key, Auth oauth, Tokens given) {
    vault.used(key.workspaceId(), given.access());
    var document = Json.object().put("access_token", given.access().reveal());
    if (given.refresh() != null) {
      document.put("refresh_token", given.refresh().reveal());
    }
    var life = given.life() == null ? null : given.life().minus(spare(given.life()));
    database.useTx(tx -> {
      var old = store.find(tx, key.workspaceId(), key.connectionId(), key.holder()).tokenId();
      if (old != null) {
        vault.delete(tx, key.workspaceId(), old);
      }
      store.token(
          tx,
          key.workspaceId(),
          key.connectionId(),
          key.holder(),
          vault.put(tx, key.workspaceId(), Secret.of(Json.write(document))),
          life,
          given.refresh() != null,
          given.scope() == null ? scope(oauth) : given.scope());
    });
    changed();
    return given.access();
  }

  private static String scope(Auth auth) {
    return switch (auth) {
      case Auth.ClientCredentials oauth -> oauth.scope();
      case Auth.AuthorizationCode oauth -> oauth.scope();
      case Auth.None _, Auth.ApiKey _, Auth.Bearer _, Auth.Basic _ -> "";
    };
  }

  private static Auth.TokenEndpoint endpoint(Auth auth) {
    var endpoint = auth.tokenEndpoint();
    if (endpoint == null) {
      throw new IllegalStateException("no token endpoint");
    }
    return endpoint;
  }

  private void leave(Key key, boolean needsConsent) {
    database.useTx(tx ->
        store.leaveRefresh(tx, key.workspaceId(), key.connectionId(), key.holder(), needsConsent));
    changed();
  }

  /// The remote refused a token: the next call asks for another.
  public void refused(Login login, @Nullable Connection connection, String userId) {
    if (connection == null) {
      kept.values().removeIf(one -> one.token().reveal().equals(revealed(login)));
      return;
    }
    var key = new Key(connection.workspaceId(), connection.id(), connection.holder(userId));
    var now = opened(key, connection.content().credentialId());
    if (now.token() != null && now.token().reveal().equals(revealed(login))) {
      database.useTx(tx -> store.expire(tx, key.workspaceId(), key.connectionId(), key.holder()));
      changed();
    }
  }

  private static String revealed(Login login) {
    var token = login.secret(Auth.ACCESS_TOKEN);
    return token == null ? "" : token.reveal();
  }

  /// Notes how a call went; the same again at most every half minute.
  ///
  /// @param failure null: well
  public void used(Connection connection, String userId, @Nullable String failure) {
    var key = new Key(connection.workspaceId(), connection.id(), connection.holder(userId));
    var now = System.nanoTime();
    var stamp = new Stamp(failure, now);
    var last = stamped.put(key, stamp);
    if (last != null
        && Objects.equals(last.failure(), failure)
        && now - last.at() < STAMP.toNanos()) {
      stamped.put(key, last);
      return;
    }
    if (stamped.size() >= MOST_KEPT) {
      stamped.clear();
    }
    database.useTx(
        tx -> store.used(tx, key.workspaceId(), key.connectionId(), key.holder(), failure));
  }

  /// No node answers from what it read before.
  void changed() {
    opened.clear();
    notices.add(CHANGED);
  }

  private static LoginRefused consentNeeded(Connection connection) {
    return new LoginRefused(
        title(connection)
            + " has no valid consent: POST /api/connections/"
            + connection.id()
            + "/authorize gives a link to agree",
        false);
  }

  private static String title(Connection connection) {
    return "the connection " + connection.name();
  }
}
