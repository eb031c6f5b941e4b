package dev.toolwright.connection;

import dev.toolwright.database.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Who connections are to their remotes: `connection_login`, a row per connection and holder (the
/// user, or `''` when all share one).
final class LoginStore {
  /// @param held api key, password, client secret …
  /// @param tokenId of the OAuth tokens in the vault
  /// @param tokenExpiresAt null: unknown
  /// @param tokenEnded by the database's clock
  /// @param canRenew without a person
  /// @param scope as granted
  record Row(
      @Nullable Held held,
      @Nullable String tokenId,
      @Nullable Instant tokenExpiresAt,
      boolean tokenEnded,
      boolean canRenew,
      String scope,
      boolean needsConsent,
      @Nullable Instant lastSuccessAt,
      @Nullable Instant lastFailureAt,
      String lastFailure) {
    static final Row EMPTY = new Row(null, null, null, false, false, "", false, null, null, "");
  }

  Row find(Tx tx, String workspaceId, String connectionId, String holder) {
    return tx.handle()
        .createQuery(
            """
            select secret_id, secret_names, token_id, token_expires_at, coalesce(token_expires_at <= now(), false) as ended, can_renew, scope, needs_consent,
              last_success_at, last_failure_at, last_failure
            from connection_login
            where workspace_id = :workspace and connection_id = :connection and user_id = :holder
            """)
        .bind("workspace", workspaceId)
        .bind("connection", connectionId)
        .bind("holder", holder)
        .map((row, _) -> row(row))
        .findOne()
        .orElse(Row.EMPTY);
  }

  /// The ids of everything in the vault that belongs to a connection.
  List<String> vaultIds(Tx tx, String workspaceId, String connectionId) {
    return tx.handle()
        .createQuery(
            """
            select i from connection_login l, unnest(array[l.secret_id, l.token_id]) i
            where l.workspace_id = :workspace and l.connection_id = :connection and i is not null
            """)
        .bind("workspace", workspaceId)
        .bind("connection", connectionId)
        .mapTo(String.class)
        .list();
  }

  /// The ids of a connection's tokens, which it has no more.
  List<String> takeTokens(Tx tx, String workspaceId, String connectionId) {
    return tx.handle()
        .createQuery(
            """
            with old as (
              select user_id, token_id from connection_login
              where workspace_id = :workspace and connection_id = :connection and token_id is not null for update)
            update connection_login l
            set token_id = null, token_expires_at = null, scope = '', needs_consent = false, updated_at = now()
            from old where l.workspace_id = :workspace and l.connection_id = :connection and l.user_id = old.user_id
            returning old.token_id
            """)
        .bind("workspace", workspaceId)
        .bind("connection", connectionId)
        .mapTo(String.class)
        .list();
  }

  void forget(Tx tx, String workspaceId, String connectionId) {
    tx.handle()
        .createUpdate(
            "delete from connection_login where workspace_id = :workspace and connection_id = :connection")
        .bind("workspace", workspaceId)
        .bind("connection", connectionId)
        .execute();
  }

  void hold(Tx tx, String workspaceId, String connectionId, String holder, @Nullable Held held) {
    tx.handle()
        .createUpdate(
            """
            insert into connection_login (workspace_id, connection_id, user_id, secret_id, secret_names)
            values (:workspace, :connection, :holder, :secret, :names)
            on conflict (workspace_id, connection_id, user_id) do update
              set secret_id = excluded.secret_id, secret_names = excluded.secret_names, updated_at = now()
            """)
        .bind("workspace", workspaceId)
        .bind("connection", connectionId)
        .bind("holder", holder)
        .bind("secret", held == null ? null : held.id())
        .bindArray("names", String.class, List.copyOf(Credentials.names(held)))
        .execute();
  }

  /// Stores the tokens that count from now on.
  ///
  /// @param life null: it was not said
  void token(
      Tx tx,
      String workspaceId,
      String connectionId,
      String holder,
      String tokenId,
      @Nullable Duration life,
      boolean canRenew,
      String scope) {
    tx.handle()
        .createUpdate(
            """
            insert into connection_login (workspace_id, connection_id, user_id, token_id, token_expires_at, can_renew,
              scope)
            values (:workspace, :connection, :holder, :token, now() + make_interval(secs => :life), :renew, :scope)
            on conflict (workspace_id, connection_id, user_id) do update
              set token_id = excluded.token_id, token_expires_at = excluded.token_expires_at,
                can_renew = excluded.can_renew, scope = excluded.scope, needs_consent = false, refreshing_until = null, updated_at = now()
            """)
        .bind("workspace", workspaceId)
        .bind("connection", connectionId)
        .bind("holder", holder)
        .bind("token", tokenId)
        .bind("life", life == null ? null : life.toMillis() / 1_000.0)
        .bind("renew", canRenew)
        .bind("scope", scope)
        .execute();
  }

  /// Marks the token `tokenId` as expired, if it still is the one that counts.
  void expire(Tx tx, String workspaceId, String connectionId, String holder) {
    tx.handle()
        .createUpdate(
            """
            update connection_login set token_expires_at = now()
            where workspace_id = :workspace and connection_id = :connection and user_id = :holder
              and token_id is not null
            """)
        .bind("workspace", workspaceId)
        .bind("connection", connectionId)
        .bind("holder", holder)
        .execute();
  }

  /// Takes it on to ask for the next token.
  ///
  /// @return false when another server does, for `lease` at most
  boolean takeRefresh(
      Tx tx, String workspaceId, String connectionId, String holder, Duration lease) {
    return tx.handle()
            .createUpdate(
                """
                insert into connection_login as l (workspace_id, connection_id, user_id, refreshing_until)
                values (:workspace, :connection, :holder, now() + make_interval(secs => :lease))
                on conflict (workspace_id, connection_id, user_id) do update
                  set refreshing_until = excluded.refreshing_until
                  where l.refreshing_until is null or l.refreshing_until < now()
                """)
            .bind("workspace", workspaceId)
            .bind("connection", connectionId)
            .bind("holder", holder)
            .bind("lease", lease.toSeconds())
            .execute()
        == 1;
  }

  void leaveRefresh(
      Tx tx, String workspaceId, String connectionId, String holder, boolean needsConsent) {
    tx.handle()
        .createUpdate(
            """
            update connection_login set refreshing_until = null, needs_consent = needs_consent or :consent
            where workspace_id = :workspace and connection_id = :connection and user_id = :holder
            """)
        .bind("workspace", workspaceId)
        .bind("connection", connectionId)
        .bind("holder", holder)
        .bind("consent", needsConsent)
        .execute();
  }

  /// Notes how a use went.
  ///
  /// @param failure null: well
  void used(
      Tx tx, String workspaceId, String connectionId, String holder, @Nullable String failure) {
    tx.handle()
        .createUpdate(
            """
            insert into connection_login (workspace_id, connection_id, user_id, last_success_at, last_failure_at,
              last_failure)
            values (:workspace, :connection, :holder, case when :failure::text is null then now() end,
              case when :failure::text is not null then now() end, coalesce(:failure, ''))
            on conflict (workspace_id, connection_id, user_id) do update
              set last_success_at = coalesce(excluded.last_success_at, connection_login.last_success_at),
                last_failure_at = coalesce(excluded.last_failure_at, connection_login.last_failure_at),
                last_failure = case when :failure::text is null then connection_login.last_failure
                  else excluded.last_failure end
            """)
        .bind("workspace", workspaceId)
        .bind("connection", connectionId)
        .bind("holder", holder)
        .bind("failure", failure)
        .execute();
  }

  /// A consent that was asked for.
  record Consent(
      String workspaceId,
      String connectionId,
      String userId,
      String holder,
      String verifierId,
      String redirectUri) {}

  void insertConsent(Tx tx, String id, Consent consent, Duration life) {
    tx.handle()
        .createUpdate(
            """
            insert into oauth_consent (workspace_id, id, connection_id, user_id, holder, verifier_id, redirect_uri,
              expires_at)
            values (:workspace, :id, :connection, :user, :holder, :verifier, :redirect,
              now() + make_interval(secs => :life))
            """)
        .bind("workspace", consent.workspaceId())
        .bind("id", id)
        .bind("connection", consent.connectionId())
        .bind("user", consent.userId())
        .bind("holder", consent.holder())
        .bind("verifier", consent.verifierId())
        .bind("redirect", consent.redirectUri())
        .bind("life", life.toSeconds())
        .execute();
  }

  Optional<Consent> consent(Tx tx, String id) {
    return tx.handle()
        .createQuery("select * from oauth_consent where id = :id and expires_at > now()")
        .bind("id", id)
        .map((row, _) -> consent(row))
        .findOne();
  }

  /// The same, which nobody finds again.
  Optional<Consent> takeConsent(Tx tx, String id) {
    return tx.handle()
        .createQuery("delete from oauth_consent where id = :id and expires_at > now() returning *")
        .bind("id", id)
        .map((row, _) -> consent(row))
        .findOne();
  }

  /// Those that nobody gave in time, which nobody finds again.
  List<Consent> takeExpiredConsents(Tx tx) {
    return tx.handle()
        .createQuery("delete from oauth_consent where expires_at <= now() returning *")
        .map((row, _) -> consent(row))
        .list();
  }

  private static Consent consent(ResultSet row) throws SQLException {
    return new Consent(
        row.getString("workspace_id"),
        row.getString("connection_id"),
        row.getString("user_id"),
        row.getString("holder"),
        row.getString("verifier_id"),
        row.getString("redirect_uri"));
  }

  private static Row row(ResultSet row) throws SQLException {
    var secret = row.getString("secret_id");
    return new Row(
        secret == null
            ? null
            : new Held(secret, Set.of((String[]) row.getArray("secret_names").getArray())),
        row.getString("token_id"),
        instant(row, "token_expires_at"),
        row.getBoolean("ended"),
        row.getBoolean("can_renew"),
        row.getString("scope"),
        row.getBoolean("needs_consent"),
        instant(row, "last_success_at"),
        instant(row, "last_failure_at"),
        row.getString("last_failure"));
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    var time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }
}
