package dev.toolwright.connection;

import dev.toolwright.egress.EgressRequest;
import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Secret;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/// An authentication that somebody wants, with the secrets they gave for it.
///
/// @param kept secrets that stay what they are: their mask was sent back
public record AuthDraft(Auth auth, Map<String, Secret> given, Set<String> kept) {
  /// What stands for a secret wherever a definition is shown.
  public static final String MASK = "***";

  private static final int LONGEST_SECRET = 20_000;
  private static final List<String> TYPES =
      List.of(
          "none",
          "api_key",
          "bearer",
          "basic",
          "oauth2_client_credentials",
          "oauth2_authorization_code");

  public AuthDraft {
    given = Map.copyOf(given);
    kept = Set.copyOf(kept);
  }

  public static final AuthDraft NONE = new AuthDraft(new Auth.None(), Map.of(), Set.of());

  /// Reads an object such as `{"type": "api_key", "key_name": "X-Key", "in": "header", "api_key":
  /// "…"}`.
  ///
  /// @param complete whether the secret that the type needs must be there
  public static AuthDraft read(Fields in, boolean complete) {
    var type = in.choice("type", TYPES);
    var reader = new Reader(in);
    var auth = reader.auth(type == null ? "none" : type);
    var needed = auth.needed();
    if (complete && needed != null && !in.has(spelled(auth, needed))) {
      in.fault(spelled(auth, needed), "is required");
    }
    return new AuthDraft(auth, reader.given, reader.kept);
  }

  /// The same object with every secret masked.
  public static ObjectNode shown(Auth auth, Set<String> held) {
    var shown = Json.object().put("type", auth.type());
    switch (auth) {
      case Auth.None _, Auth.Bearer _ -> {}
      case Auth.ApiKey key -> shown.put("key_name", key.name()).put("in", key.in().key());
      case Auth.Basic basic -> shown.put("username", basic.username());
      case Auth.ClientCredentials oauth ->
          shown
              .put("token_url", oauth.tokenUrl())
              .put("client_id", oauth.clientId())
              .put("scope", oauth.scope())
              .put("client_auth", oauth.clientAuth().key());
      case Auth.AuthorizationCode oauth -> {
        shown
            .put("authorize_url", oauth.authorizeUrl())
            .put("token_url", oauth.tokenUrl())
            .put("client_id", oauth.clientId())
            .put("scope", oauth.scope())
            .put("client_auth", oauth.clientAuth().key());
        if (oauth.resource() != null) {
          shown.put("resource", oauth.resource());
        }
        if (oauth.issuer() != null) {
          shown.put("issuer", oauth.issuer()).put("names_issuer", oauth.namesIssuer());
        }
      }
    }
    for (var name : auth.secrets()) {
      if (held.contains(name)) {
        shown.put(spelled(auth, name), MASK);
      }
    }
    return shown;
  }

  /// A secret's name in this object.
  public static String spelled(Auth auth, String secret) {
    return auth instanceof Auth.Bearer ? "token" : secret;
  }

  private static final class Reader {
    private final Fields in;
    private final Map<String, Secret> given = new TreeMap<>();
    private final Set<String> kept = new HashSet<>();

    Reader(Fields in) {
      this.in = in;
    }

    Auth auth(String type) {
      var auth =
          switch (type) {
            case "api_key" -> apiKey();
            case "bearer" -> new Auth.Bearer();
            case "basic" -> new Auth.Basic(in.requiredText("username", 1, 1_000));
            case "oauth2_client_credentials" ->
                new Auth.ClientCredentials(
                    url("token_url"),
                    in.requiredText("client_id", 1, 1_000),
                    in.text("scope", 4_000, ""),
                    clientAuth());
            case "oauth2_authorization_code" ->
                new Auth.AuthorizationCode(
                    url("authorize_url"),
                    url("token_url"),
                    in.requiredText("client_id", 1, 1_000),
                    in.text("scope", 4_000, ""),
                    clientAuth(),
                    in.text("resource", 2_000),
                    in.text("issuer", 2_000),
                    in.bool("names_issuer"));
            default -> new Auth.None();
          };
      auth.secrets().forEach(name -> secret(auth, name));
      return auth;
    }

    private Auth apiKey() {
      var name = in.text("key_name", 100);
      if (name != null && name.isBlank()) {
        in.fault("key_name", "must not be empty");
      }
      var place = in.choice("in", List.of("query", "header"));
      return new Auth.ApiKey(
          name,
          place == null ? Auth.Place.QUERY : Auth.Place.valueOf(place.toUpperCase(Locale.ROOT)));
    }

    private Auth.ClientAuth clientAuth() {
      var said = in.choice("client_auth", List.of("basic", "body"));
      return said == null
          ? Auth.ClientAuth.BASIC
          : Auth.ClientAuth.valueOf(said.toUpperCase(Locale.ROOT));
    }

    private String url(String name) {
      var url = in.requiredText(name, 1, 2_000);
      var parsed = url.isEmpty() ? null : UrlTemplate.parse(url);
      if (parsed != null && (parsed.template() == null || !parsed.template().places().isEmpty())) {
        in.fault(name, parsed.template() == null ? parsed.fault() : "must not have a placeholder");
      }
      return url;
    }

    private void secret(Auth auth, String name) {
      var value = in.text(spelled(auth, name), LONGEST_SECRET);
      if (value == null) {
        return;
      }
      if (value.isEmpty()) {
        in.fault(spelled(auth, name), "must not be empty");
      } else if (value.equals(MASK)) {
        kept.add(name);
      } else if (isHeader(auth) && !EgressRequest.isHeaderValue(value)) {
        in.fault(spelled(auth, name), "must hold printable ASCII characters only");
      } else {
        given.put(name, Secret.of(value));
      }
    }

    private static boolean isHeader(Auth auth) {
      return auth instanceof Auth.Bearer
          || (auth instanceof Auth.ApiKey key
              && key.name() != null
              && key.in() == Auth.Place.HEADER);
    }
  }
}
