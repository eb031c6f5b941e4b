package dev.toolwright.connection;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How a request shows who it is. It holds no secret: its secrets lie together in the vault, each
/// under one of the names here.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Auth.None.class, name = "none"),
  @JsonSubTypes.Type(value = Auth.ApiKey.class, name = "api_key"),
  @JsonSubTypes.Type(value = Auth.Bearer.class, name = "bearer"),
  @JsonSubTypes.Type(value = Auth.Basic.class, name = "basic"),
  @JsonSubTypes.Type(value = Auth.ClientCredentials.class, name = "oauth2_client_credentials"),
  @JsonSubTypes.Type(value = Auth.AuthorizationCode.class, name = "oauth2_authorization_code")
})
public sealed interface Auth {
  String API_KEY = "api_key";
  String ACCESS_TOKEN = "access_token";
  String PASSWORD = "password";
  String CLIENT_SECRET = "client_secret";

  /// The secrets that a template may name: `{{api_key}}`, `{{access_token}}`.
  Set<String> PLACES = Set.of(API_KEY, ACCESS_TOKEN);

  /// What is sent as it is, if anything: `api_key` and `access_token` may be there for placeholders
  /// alone.
  record None() implements Auth {}

  /// @param name of the header or query parameter; null: only placeholders use the key
  record ApiKey(@Nullable String name, Place in) implements Auth {}

  /// `Authorization: Bearer`, with the secret `access_token`.
  record Bearer() implements Auth {}

  record Basic(String username) implements Auth {}

  /// OAuth 2.0, RFC 6749 §4.4.
  record ClientCredentials(String tokenUrl, String clientId, String scope, ClientAuth clientAuth)
      implements Auth {}

  /// OAuth 2.0, RFC 6749 §4.1 with PKCE (RFC 7636). A public client has no secret.
  ///
  /// @param resource that tokens are for, RFC 8707; null: the provider is not told
  /// @param issuer that its answers have to name, RFC 9207, letter by letter; null: any
  /// @param namesIssuer whether all of its answers do; null: as if not
  record AuthorizationCode(
      String authorizeUrl,
      String tokenUrl,
      String clientId,
      String scope,
      ClientAuth clientAuth,
      @Nullable String resource,
      @Nullable String issuer,
      @Nullable Boolean namesIssuer)
      implements Auth {
    /// One of which only the endpoints are known.
    public AuthorizationCode(
        String authorizeUrl,
        String tokenUrl,
        String clientId,
        String scope,
        ClientAuth clientAuth) {
      this(authorizeUrl, tokenUrl, clientId, scope, clientAuth, null, null, null);
    }

    /// Whether an answer comes from who was asked.
    ///
    /// @param named the issuer that it names; null: none
    boolean isFrom(@Nullable String named) {
      return issuer == null
          || (named == null ? !Boolean.TRUE.equals(namesIssuer) : named.equals(issuer));
    }

    /// With a request's other parameters, those that name the resource.
    Map<String, String> with(Map<String, String> parameters) {
      if (resource == null) {
        return parameters;
      }
      var all = new HashMap<>(parameters);
      all.put("resource", resource);
      return all;
    }
  }

  /// Where an API key is put.
  enum Place {
    QUERY,
    HEADER;

    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// How a client shows itself at a token endpoint.
  enum ClientAuth {
    BASIC,
    BODY;

    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  default String type() {
    return switch (this) {
      case None _ -> "none";
      case ApiKey _ -> "api_key";
      case Bearer _ -> "bearer";
      case Basic _ -> "basic";
      case ClientCredentials _ -> "oauth2_client_credentials";
      case AuthorizationCode _ -> "oauth2_authorization_code";
    };
  }

  /// The secret that it cannot do without; null when there is none.
  default @Nullable String needed() {
    return switch (this) {
      case None _, AuthorizationCode _ -> null;
      case ApiKey _ -> API_KEY;
      case Bearer _ -> ACCESS_TOKEN;
      case Basic _ -> PASSWORD;
      case ClientCredentials _ -> CLIENT_SECRET;
    };
  }

  /// The secrets it may have, in the order they are shown.
  default List<String> secrets() {
    return switch (this) {
      case None _, ApiKey _ -> List.of(API_KEY, ACCESS_TOKEN);
      case Bearer _ -> List.of(ACCESS_TOKEN);
      case Basic _ -> List.of(PASSWORD);
      case ClientCredentials _, AuthorizationCode _ -> List.of(CLIENT_SECRET);
    };
  }

  /// Other places than the remote itself that its secrets are sent to.
  default List<String> addresses() {
    return switch (this) {
      case ClientCredentials oauth -> List.of(oauth.tokenUrl());
      case AuthorizationCode oauth -> List.of(oauth.authorizeUrl(), oauth.tokenUrl());
      case None _, ApiKey _, Bearer _, Basic _ -> List.of();
    };
  }

  /// How to ask for a token, for the types that do.
  default @Nullable TokenEndpoint tokenEndpoint() {
    return switch (this) {
      case ClientCredentials oauth ->
          new TokenEndpoint(oauth.tokenUrl(), oauth.clientId(), oauth.clientAuth());
      case AuthorizationCode oauth ->
          new TokenEndpoint(oauth.tokenUrl(), oauth.clientId(), oauth.clientAuth());
      case None _, ApiKey _, Bearer _, Basic _ -> null;
    };
  }

  record TokenEndpoint(String url, String clientId, ClientAuth clientAuth) {}
}
