package dev.toolwright.connection;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.database.Database;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressException;
import dev.toolwright.expression.JmesPath;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import dev.toolwright.vault.SecretUnreadable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Looks at a connection as a doctor does: who it is, what it may, until when, how it went, and
/// what has to be done.
public final class Checkup {
  private static final Duration LIMIT = Duration.ofSeconds(15);
  private static final int MAX_ANSWER = 1 << 20;
  private static final Duration SOON = Duration.ofDays(3);

  private final Database database;
  private final Connections connections;
  private final Logins logins;
  private final Egress egress;
  private final InstantSource clock;
  private final LoginStore store = new LoginStore();

  public Checkup(
      Database database,
      Connections connections,
      Logins logins,
      Egress egress,
      InstantSource clock) {
    this.database = database;
    this.connections = connections;
    this.logins = logins;
    this.egress = egress;
    this.clock = clock;
  }

  /// The answer to one request to the remote.
  ///
  /// @param status of the answer; 0: there was none
  /// @param identity who the credential belongs to; null: the remote was not asked, or did not say
  public record Test(
      boolean success,
      int status,
      long durationMs,
      @Nullable String identity,
      @Nullable String error) {}

  /// @param state `ready`, `needs_credential`, `needs_consent` or `failing`
  /// @param scopes as granted
  /// @param missingScopes asked for and not granted
  /// @param expiresAt of the token; null: there is none, or it does not end
  /// @param problems sentences that say what to do
  public record Diagnosis(
      String state,
      @Nullable String identity,
      List<String> scopes,
      List<String> missingScopes,
      @Nullable Instant expiresAt,
      @Nullable Instant lastSuccessAt,
      @Nullable Instant lastFailureAt,
      String lastFailure,
      List<String> problems) {}

  /// Sends one GET to the remote with the caller's credential.
  ///
  /// @throws dev.toolwright.http.Problem 404
  public Test test(Caller caller, String idOrName) throws InterruptedException {
    caller.require(Role.MEMBER);
    return test(caller, connections.get(caller, idOrName));
  }

  private Test test(Caller caller, Connection connection) throws InterruptedException {
    var started = System.nanoTime();
    var probe = connection.content().probe();
    var operation =
        new Operation(
            "GET",
            probe == null ? "" : probe.path(),
            Map.of(),
            Map.of(),
            null,
            Operation.BodyFormat.JSON,
            Operation.Answer.WHOLE);
    try {
      var login = logins.of(connection, caller.userId());
      var request = Requests.fill(operation, login, Json.object(), null, LIMIT, MAX_ANSWER);
      var response = egress.send(List.of(connection.workspaceId()), request);
      var refused = response.status() == 401 || response.status() == 403;
      if (response.status() == 401 && login.auth().tokenEndpoint() != null) {
        logins.refused(login, connection, caller.userId());
      }
      var error =
          refused
              ? "The remote refused the credential: it answered " + response.status()
              : response.status() >= 500 ? "The remote answered " + response.status() : null;
      logins.used(connection, caller.userId(), error);
      return new Test(
          error == null,
          response.status(),
          millis(started),
          error == null ? identity(probe, login, response.body()) : null,
          error);
    } catch (LoginRefused | EgressException e) {
      logins.used(connection, caller.userId(), String.valueOf(e.getMessage()));
      return new Test(false, 0, millis(started), null, e.getMessage());
    } catch (SecretUnreadable _) {
      return new Test(
          false, 0, millis(started), null, "The stored credential cannot be read; enter it again");
    }
  }

  private static @Nullable String identity(
      Connection.@Nullable Probe probe, Login login, byte[] body) {
    if (probe == null || probe.identity() == null) {
      return null;
    }
    try {
      var found = JmesPath.value(probe.identity(), Json.parse(body));
      return found.isValueNode() && !found.isNull()
          ? login.redaction().text(found.asString())
          : null;
    } catch (MalformedJson _) {
      return null;
    }
  }

  /// @throws dev.toolwright.http.Problem 404
  public Diagnosis diagnose(Caller caller, String idOrName) throws InterruptedException {
    var connection = connections.get(caller, idOrName);
    var test = caller.role().includes(Role.MEMBER) ? test(caller, connection) : null;
    var row =
        database.direct(tx ->
            store.find(
                tx, connection.workspaceId(), connection.id(), connection.holder(caller.userId())));
    var auth = connection.content().auth();
    var granted = words(row.scope());
    var missing = new LinkedHashSet<>(words(asked(auth)));
    missing.removeAll(granted);
    var problems = new ArrayList<String>();
    var state = state(connection, row, test, problems);
    if (row.tokenId() != null && !missing.isEmpty()) {
      problems.add(
          "These scopes were asked for and not granted: "
              + String.join(" ", missing)
              + ". Authorise again: POST /api/connections/"
              + connection.id()
              + "/authorize");
    }
    return new Diagnosis(
        state,
        test == null ? null : test.identity(),
        List.copyOf(granted),
        row.tokenId() == null ? List.of() : List.copyOf(missing),
        row.tokenExpiresAt(),
        row.lastSuccessAt(),
        row.lastFailureAt(),
        row.lastFailure(),
        problems);
  }

  private String state(
      Connection connection, LoginStore.Row row, @Nullable Test test, List<String> problems) {
    var auth = connection.content().auth();
    var again = "POST /api/connections/" + connection.id();
    var unknown = unknown(auth);
    if (unknown != null) {
      problems.add(
          "There is no " + unknown + ": PUT /api/connections/" + connection.id() + " with auth");
      return "needs_credential";
    }
    if (auth instanceof Auth.AuthorizationCode && (row.tokenId() == null || row.needsConsent())) {
      problems.add(
          (row.needsConsent() ? "The consent ended" : "Nobody has agreed yet")
              + ": "
              + again
              + "/authorize gives a link");
      return "needs_consent";
    }
    var held = row.held() != null || connection.content().credentialId() != null;
    if (auth.needed() != null && !held) {
      problems.add(
          "There is no credential: PUT /api/connections/" + connection.id() + "/credentials");
      return "needs_credential";
    }
    if (auth instanceof Auth.AuthorizationCode
        && row.tokenExpiresAt() != null
        && row.tokenExpiresAt().isBefore(clock.instant().plus(SOON))
        && !row.canRenew()) {
      problems.add(
          "The token ends at "
              + row.tokenExpiresAt()
              + " and cannot be renewed: authorise again before, with "
              + again
              + "/authorize");
    }
    if (test != null && test.error() != null) {
      problems.add(test.error());
      return "failing";
    }
    return "ready";
  }

  /// What nobody has said yet of who the connection is: an import does not know it.
  private static @Nullable String unknown(Auth auth) {
    return switch (auth) {
      case Auth.Basic(var username) when username.isEmpty() -> "user name and password";
      case Auth.ClientCredentials oauth when oauth.clientId().isEmpty() -> "OAuth client";
      case Auth.AuthorizationCode oauth when oauth.clientId().isEmpty() -> "OAuth client";
      default -> null;
    };
  }

  private static String asked(Auth auth) {
    return switch (auth) {
      case Auth.ClientCredentials oauth -> oauth.scope();
      case Auth.AuthorizationCode oauth -> oauth.scope();
      case Auth.None _, Auth.ApiKey _, Auth.Bearer _, Auth.Basic _ -> "";
    };
  }

  private static Set<String> words(String scope) {
    var words = new LinkedHashSet<>(List.of(scope.strip().split("[ ,]+")));
    words.remove("");
    return words;
  }

  private static long millis(long started) {
    return (System.nanoTime() - started) / 1_000_000;
  }
}
