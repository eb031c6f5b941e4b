package dev.toolwright.api.customtools;

import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.connection.Auth;
import dev.toolwright.connection.AuthDraft;
import dev.toolwright.connection.StoredCredential;
import dev.toolwright.connection.StoredCredentials;
import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Secret;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// `/api/custom-tools/credentials`: written, used, never shown.
public final class CredentialRoutes {
  private static final List<String> TYPES = List.of("api_key", "bearer", "basic", "oauth2");
  private static final String[] SERVER_OWNED = {"id", "createdAt"};

  private final StoredCredentials credentials;

  public CredentialRoutes(StoredCredentials credentials) {
    this.credentials = credentials;
  }

  public List<Route> routes() {
    var all = "/api/custom-tools/credentials";
    var one = all + "/{credential_id}";
    var example = Json.object().put("name", "github").put("type", "bearer");
    example.putObject("data").put("token", "gh-…");
    var body =
        RouteDoc.NONE
            .description(
                "data holds by type: api_key {apiKey, keyName?, in?}; bearer {token}; basic {username,"
                    + " password}; oauth2 {clientId, clientSecret, authorizeUrl?} with tokenUrl and scopes.")
            .request(
                Answers.schema("name", "description", "type", "data", "tokenUrl", "scopes"),
                example);
    return List.of(
        Route.of("POST", all, Answers.ACCESS, Answers.WRITE, "Store a credential", this::create)
            .doc(body.status(201))
            .with(Route.Trait.STORES_NO_BODY),
        Route.of("GET", all, Answers.ACCESS, Answers.READ, "Your credentials", this::list),
        Route.of(
            "GET",
            one,
            Answers.ACCESS,
            Answers.READ,
            "Show a credential, without its secrets",
            this::show),
        Route.of(
                "PUT",
                one,
                Answers.ACCESS,
                Answers.WRITE,
                "Give a credential other secrets",
                this::update)
            .doc(body),
        Route.of(
            "DELETE", one, Answers.ACCESS, Answers.WRITE, "Delete a credential", this::delete));
  }

  private void create(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var name = Answers.name(in, true);
    var description = in.text("description", 4_000, "");
    var type = in.choice("type", TYPES);
    if (type == null && !in.has("type")) {
      in.fault("type", "is required");
    }
    if (!in.has("data")) {
      in.fault("data", "is required");
    }
    var draft = draft(in, type == null ? "" : type, null);
    in.finish();
    var made = credentials.create(exchange.caller(), name == null ? "" : name, description, draft);
    exchange.json(201, Answers.one("Credential stored successfully", "credential", shown(made)));
  }

  private void list(Exchange exchange) {
    var found = credentials.list(exchange.caller());
    exchange.json(200, Answers.list("credentials", found, found.size(), CredentialRoutes::shown));
  }

  private void show(Exchange exchange) {
    exchange.json(200, Answers.one("credential", shown(found(exchange))));
  }

  private void update(Exchange exchange) {
    var old = found(exchange);
    var in = Fields.of(exchange.body());
    in.ignore("updatedAt", "secrets");
    in.unchanged(shown(old), SERVER_OWNED);
    Answers.keepName(in, old.name());
    var description = in.text("description", 4_000);
    var type = ConnectorBody.type(old.auth());
    var said = in.choice("type", TYPES);
    if (said != null && !said.equals(type)) {
      in.fault("type", "cannot be changed; store a new credential instead");
    }
    var changes = in.has("data") || in.has("tokenUrl") || in.has("scopes");
    var draft = draft(in, type, old.auth());
    in.finish();
    var saved =
        credentials.update(exchange.caller(), old.id(), description, changes ? draft : null);
    exchange.json(200, Answers.one("Credential updated successfully", "credential", shown(saved)));
  }

  private void delete(Exchange exchange) {
    credentials.delete(exchange.caller(), exchange.path("credential_id"));
    exchange.json(200, Json.object().put("message", "Credential deleted successfully"));
  }

  private StoredCredential found(Exchange exchange) {
    return credentials.get(exchange.caller(), exchange.path("credential_id"));
  }

  /// @param old what is not said stays; null: there is nothing yet
  private static AuthDraft draft(Fields in, String type, @Nullable Auth old) {
    var tokenUrl = in.text("tokenUrl", 2_000);
    var scopes = scopes(in);
    var data = in.nested("data");
    if (data == null) {
      data = Fields.of(Json.object());
    }
    var given = new HashMap<String, Secret>();
    var isNew = old == null;
    var auth =
        switch (type) {
          case "api_key" -> {
            secret(data, given, Auth.API_KEY, isNew, "apiKey", "api_key", "key");
            var before =
                old instanceof Auth.ApiKey key ? key : new Auth.ApiKey(null, Auth.Place.HEADER);
            var name = either(data, 100, "keyName", "key_name", "headerName");
            var place = data.choice("in", List.of("query", "header"));
            yield new Auth.ApiKey(
                name == null ? before.name() : name,
                place == null ? before.in() : Auth.Place.valueOf(place.toUpperCase(Locale.ROOT)));
          }
          case "bearer" -> {
            secret(data, given, Auth.ACCESS_TOKEN, isNew, "token", "accessToken");
            yield new Auth.Bearer();
          }
          case "basic" -> {
            secret(data, given, Auth.PASSWORD, isNew, "password");
            var username = data.text("username", 1_000);
            if (username == null && isNew) {
              data.fault("username", "is required");
            }
            yield new Auth.Basic(
                username != null
                    ? username
                    : old instanceof Auth.Basic basic ? basic.username() : "");
          }
          case "oauth2" -> oauth(data, in, given, tokenUrl, scopes, old);
          default -> {
            data.ignore("apiKey", "token", "username", "password", "clientId", "clientSecret");
            yield new Auth.None();
          }
        };
    return new AuthDraft(auth, given, Set.of());
  }

  private static Auth oauth(
      Fields data,
      Fields in,
      Map<String, Secret> given,
      @Nullable String tokenUrl,
      @Nullable String scopes,
      @Nullable Auth old) {
    secret(data, given, Auth.CLIENT_SECRET, old == null, "clientSecret", "client_secret");
    var clientId = either(data, 1_000, "clientId", "client_id");
    var authorizeUrl = either(data, 2_000, "authorizeUrl", "authorize_url");
    var before = old == null ? null : old.tokenEndpoint();
    var url = tokenUrl != null ? tokenUrl : before == null ? "" : before.url();
    if (UrlTemplate.parse(url).template() == null) {
      in.fault("tokenUrl", url.isEmpty() ? "is required" : UrlTemplate.parse(url).fault());
    }
    if (authorizeUrl != null && UrlTemplate.parse(authorizeUrl).template() == null) {
      data.fault("authorizeUrl", UrlTemplate.parse(authorizeUrl).fault());
    }
    if (clientId == null && before == null) {
      data.fault("clientId", "is required");
    }
    var client = clientId != null ? clientId : before == null ? "" : before.clientId();
    var scope = scopes == null ? "" : scopes;
    var authorize =
        authorizeUrl != null
            ? authorizeUrl
            : old instanceof Auth.AuthorizationCode code ? code.authorizeUrl() : null;
    return authorize == null
        ? new Auth.ClientCredentials(url, client, scope, Auth.ClientAuth.BASIC)
        : new Auth.AuthorizationCode(authorize, url, client, scope, Auth.ClientAuth.BASIC);
  }

  /// A list, or words with blanks between them.
  private static @Nullable String scopes(Fields in) {
    var scopes = in.any("scopes");
    if (scopes == null) {
      return null;
    }
    if (scopes.isString()) {
      return scopes.asString();
    }
    var words = new ArrayList<String>();
    scopes.forEach(scope -> words.add(scope.asString("")));
    return String.join(" ", words);
  }

  private static void secret(
      Fields data, Map<String, Secret> given, String name, boolean required, String... spellings) {
    var value = either(data, 20_000, spellings);
    if (value != null && !value.isEmpty()) {
      given.put(name, Secret.of(value));
    } else if (required) {
      data.fault(spellings[0], "is required");
    }
  }

  private static @Nullable String either(Fields data, int max, String... spellings) {
    String found = null;
    for (var spelling : spellings) {
      var value = data.text(spelling, max);
      found = found == null ? value : found;
    }
    return found;
  }

  private static ObjectNode shown(StoredCredential one) {
    var shown =
        Json.object()
            .put("id", one.id())
            .put("name", one.name())
            .put("description", one.description())
            .put("type", ConnectorBody.type(one.auth()));
    var endpoint = one.auth().tokenEndpoint();
    if (endpoint != null) {
      shown.put("tokenUrl", endpoint.url());
    }
    shown.set("secrets", Json.tree(one.held().names().stream().sorted().toList()));
    return shown
        .put("createdAt", Answers.time(one.createdAt()))
        .put("updatedAt", Answers.time(one.updatedAt()));
  }
}
