package dev.toolwright.connection;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.audit.Audit;
import dev.toolwright.connection.LoginStore.Consent;
import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Definitions;
import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.Vault;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/// A person's consent that a connection acts in their name: OAuth 2.0's authorization code with
/// PKCE. The link that starts it is a secret of ten minutes, used up by the answer.
public final class Consents {
  public static final String CALLBACK = "/oauth/callback";
  private static final String START = "/oauth/consent/";
  private static final Duration LIFE = Duration.ofMinutes(10);

  private final Database database;
  private final Accounts accounts;
  private final Definitions definitions;
  private final Vault vault;
  private final Audit audit;
  private final Logins logins;
  private final Supplier<URI> publicUrl;
  private final LoginStore store = new LoginStore();
  private final CredentialStore stored = new CredentialStore();

  /// @param publicUrl where browsers reach this server, without a trailing slash
  public Consents(
      Database database,
      Accounts accounts,
      Definitions definitions,
      Vault vault,
      Audit audit,
      Logins logins,
      Supplier<URI> publicUrl) {
    this.database = database;
    this.accounts = accounts;
    this.definitions = definitions;
    this.vault = vault;
    this.audit = audit;
    this.logins = logins;
    this.publicUrl = publicUrl;
  }

  /// A consent that somebody may give now.
  ///
  /// @param link of the page that explains it, valid for ten minutes
  public record Asked(String link, String redirectUri, Duration life) {}

  /// Asks the caller for their consent, or, for a connection that is shared, whoever manages it.
  ///
  /// @throws Problem 404, 403, 409 for a connection of another kind
  public Asked ask(Caller caller, String connectionId) {
    caller.require(Role.MEMBER);
    var state = Ids.random(32);
    var redirect = publicUrl.get() + CALLBACK;
    database.useTx(tx -> {
      var connection = mine(tx, caller, connectionId);
      if (!(connection.content().auth() instanceof Auth.AuthorizationCode auth)) {
        throw Problem.of(
            Problem.Kind.CONFLICT,
            "This connection needs nobody's consent: its auth is "
                + connection.content().auth().type());
      }
      if (auth.clientId().isBlank()) {
        throw Problem.invalid("client_id is missing: save it with the connection first");
      }
      store.insertConsent(
          tx,
          hash(state),
          new Consent(
              caller.workspaceId(),
              connection.id(),
              caller.userId(),
              connection.holder(caller.userId()),
              vault.put(tx, caller.workspaceId(), Secret.of(Ids.random(32))),
              redirect),
          LIFE);
    });
    return new Asked(publicUrl.get() + START + state, redirect, LIFE);
  }

  /// Who uses a credential may give it: everybody theirs, the manager that of all.
  private Connection mine(Tx tx, Caller caller, String connectionId) {
    var connection =
        stored.applied(
            tx, Connection.of(definitions.byId(tx, caller, Connection.KIND, connectionId)));
    return connection.content().sharing() == Connection.Sharing.PER_USER
        ? connection
        : stored.applied(
            tx, Connection.of(definitions.editable(tx, caller, Connection.KIND, connectionId)));
  }

  /// What a consent is about.
  ///
  /// @param username of who was asked
  /// @param authorizeUrl where the person goes to agree
  public record Page(Connection connection, String username, String scope, URI authorizeUrl) {}

  /// @param state as the link has it
  public Optional<Page> page(String state) {
    return database.direct(tx ->
        store
            .consent(tx, hash(state))
            .flatMap(consent ->
                connection(tx, consent)
                    .filter(one -> one.content().auth() instanceof Auth.AuthorizationCode)
                    .map(one -> page(tx, one, consent, state))));
  }

  private Page page(Tx tx, Connection connection, Consent consent, String state) {
    var oauth = (Auth.AuthorizationCode) connection.content().auth();
    var verifier = vault.open(tx, consent.workspaceId(), consent.verifierId()).reveal();
    var query = new LinkedHashMap<String, JsonNode>();
    query.put("response_type", StringNode.valueOf("code"));
    query.put("client_id", StringNode.valueOf(oauth.clientId()));
    query.put("redirect_uri", StringNode.valueOf(consent.redirectUri()));
    query.put("state", StringNode.valueOf(state));
    query.put(
        "code_challenge",
        StringNode.valueOf(
            Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(verifier))));
    query.put("code_challenge_method", StringNode.valueOf("S256"));
    if (oauth.resource() != null) {
      query.put("resource", StringNode.valueOf(oauth.resource()));
    }
    if (!oauth.scope().isBlank()) {
      query.put("scope", StringNode.valueOf(oauth.scope()));
    }
    var address =
        UrlTemplate.parse(oauth.authorizeUrl())
            .checked()
            .fill(_ -> null, query.entrySet())
            .orElseThrow();
    return new Page(connection, asked(tx, consent).username(), oauth.scope(), address);
  }

  /// Stores the tokens of a consent that was given.
  ///
  /// @param issuer that the answer names; null: none
  /// @return the connection that may act now; empty when nobody asked, or too long ago
  /// @throws Problem 409 with what the token endpoint said, or when the answer is another issuer's
  public Optional<Connection> given(String state, String code, @Nullable String issuer)
      throws InterruptedException {
    var consent = taken(state);
    if (consent.isEmpty()) {
      return Optional.empty();
    }
    var one = consent.get();
    var connection = database.direct(tx -> connection(tx, one.consent()));
    if (connection.isEmpty()
        || !(connection.get().content().auth() instanceof Auth.AuthorizationCode oauth)) {
      return Optional.empty();
    }
    if (!oauth.isFrom(issuer)) {
      throw Problem.of(
          Problem.Kind.CONFLICT, "The answer does not come from the service that was asked");
    }
    try {
      logins.granted(
          connection.get(),
          one.consent().holder(),
          oauth,
          Map.of(
              "grant_type",
              "authorization_code",
              "code",
              code,
              "redirect_uri",
              one.consent().redirectUri(),
              "code_verifier",
              one.verifier().reveal()));
    } catch (TokenClient.Refused e) {
      throw Problem.of(Problem.Kind.CONFLICT, String.valueOf(e.getMessage()));
    }
    database.useTx(tx ->
        audit.record(
            tx,
            one.consent().workspaceId(),
            one.consent().userId(),
            "connection_authorized",
            one.consent().connectionId(),
            Json.object()));
    return connection;
  }

  /// The person declined.
  public void declined(String state) {
    taken(state);
  }

  private record Taken(Consent consent, Secret verifier) {}

  private Optional<Taken> taken(String state) {
    return database.inTx(tx ->
        store
            .takeConsent(tx, hash(state))
            .map(consent -> {
              var verifier = vault.open(tx, consent.workspaceId(), consent.verifierId());
              vault.delete(tx, consent.workspaceId(), consent.verifierId());
              return new Taken(consent, verifier);
            }));
  }

  /// Forgets consents that nobody gave in time.
  public void forgetExpired() {
    database.useTx(tx ->
        store
            .takeExpiredConsents(tx)
            .forEach(consent -> vault.delete(tx, consent.workspaceId(), consent.verifierId())));
  }

  private Optional<Connection> connection(Tx tx, Consent consent) {
    return definitions
        .find(tx, asked(tx, consent), Connection.KIND, consent.connectionId())
        .map(found -> stored.applied(tx, Connection.of(found)));
  }

  private Caller asked(Tx tx, Consent consent) {
    return accounts
        .user(tx, consent.workspaceId(), consent.userId())
        .orElseThrow(() -> Problem.notFound("User", consent.userId()));
  }

  private static String hash(String state) {
    return HexFormat.of().formatHex(sha256(state));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
