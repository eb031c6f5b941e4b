package dev.toolwright.connection;

import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressResponse;
import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import dev.toolwright.vault.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Finds out how an MCP server wants its clients to be authorized: who it trusts by RFC 9728, the
/// endpoints of that by RFC 8414 or OpenID Connect Discovery, and what this client is called there:
/// by the address of its metadata document, or by registering it (RFC 7591).
public final class OAuthDiscovery {
  /// Where this server says who it is as a client.
  public static final String CLIENT = "/oauth/client.json";

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_ANSWER = 200_000;
  private static final String JSON = "application/json";
  private static final Pattern METADATA = Pattern.compile("resource_metadata=\"([^\"]+)\"");
  private static final Pattern SCOPE = Pattern.compile("scope=\"([^\"]*)\"");

  private final Egress egress;
  private final Supplier<URI> publicUrl;

  /// @param publicUrl where browsers reach this server, without a trailing slash
  public OAuthDiscovery(Egress egress, Supplier<URI> publicUrl) {
    this.egress = egress;
    this.publicUrl = publicUrl;
  }

  /// The server cannot be used like this. The message is a sentence that is safe to show.
  public static final class Unfit extends Exception {
    Unfit(String message) {
      super(message, null, false, false);
    }
  }

  /// A client as its owner knows it.
  ///
  /// @param id null: it is found out
  /// @param scope null: what the server names
  public record Client(@Nullable String id, @Nullable Secret secret, @Nullable String scope) {}

  /// What the server of an MCP address trusts.
  ///
  /// @param resource as tokens name it
  private record Trusted(String issuer, String resource, String scope) {}

  /// @param workspaceId whose rules for requests hold
  /// @param url of the MCP server
  public AuthDraft discover(String workspaceId, String url, Client client)
      throws Unfit, InterruptedException {
    var asker = new Asker(workspaceId);
    var trusted = trusted(asker, url);
    var metadata = metadata(asker, trusted.issuer());
    var known = client.id() == null ? register(asker, metadata) : client;
    var secret = known.secret();
    var auth =
        new Auth.AuthorizationCode(
            endpoint(metadata, "authorization_endpoint"),
            endpoint(metadata, "token_endpoint"),
            String.valueOf(known.id()),
            client.scope() == null ? trusted.scope() : client.scope(),
            secret == null
                    || names(
                        metadata, "token_endpoint_auth_methods_supported", "client_secret_post")
                ? Auth.ClientAuth.BODY
                : Auth.ClientAuth.BASIC,
            trusted.resource(),
            metadata.path("issuer").asString(""),
            metadata.path("authorization_response_iss_parameter_supported").asBoolean(false));
    return new AuthDraft(
        auth, secret == null ? Map.of() : Map.of(Auth.CLIENT_SECRET, secret), Set.of());
  }

  private static Trusted trusted(Asker asker, String url) throws Unfit, InterruptedException {
    var refusal = asker.refusal(url);
    var scope = said(refusal, SCOPE).orElse(null);
    var base = address(url);
    var places = new ArrayList<String>();
    said(refusal, METADATA)
        .ifPresentOrElse(
            places::add,
            () -> {
              var wellKnown = origin(base) + "/.well-known/oauth-protected-resource";
              places.add(wellKnown + path(base));
              places.add(wellKnown);
            });
    for (var place : places) {
      var document = asker.document(place);
      if (document != null) {
        var resource = document.path("resource").asString("");
        if (!covers(resource, url)) {
          throw new Unfit("The server says that it is " + resource + ", which is another");
        }
        var issuer = document.path("authorization_servers").path(0).asString("");
        var scopes = new ArrayList<String>();
        document.path("scopes_supported").forEach(one -> scopes.add(one.asString("")));
        return new Trusted(
            issuer.isEmpty() ? origin(base) : issuer,
            resource,
            scope == null ? String.join(" ", scopes) : scope);
      }
    }
    // Servers of the first revisions are their own authorization servers.
    return new Trusted(origin(base), url, scope == null ? "" : scope);
  }

  private static Optional<String> said(EgressResponse refusal, Pattern what) {
    return refusal
        .header("www-authenticate")
        .map(what::matcher)
        .filter(java.util.regex.Matcher::find)
        .map(found -> found.group(1));
  }

  /// RFC 9728 §3.3: a document that speaks of another resource is not to be used.
  private static boolean covers(String resource, String url) {
    var plain = resource.endsWith("/") ? resource.substring(0, resource.length() - 1) : resource;
    return url.equals(plain) || url.startsWith(plain + "/");
  }

  private static JsonNode metadata(Asker asker, String issuer) throws Unfit, InterruptedException {
    var at = address(issuer);
    var path = path(at);
    var places = new ArrayList<String>();
    places.add(origin(at) + "/.well-known/oauth-authorization-server" + path);
    places.add(origin(at) + "/.well-known/openid-configuration" + path);
    if (!path.isEmpty()) {
      places.add(origin(at) + path + "/.well-known/openid-configuration");
    }
    for (var place : places) {
      var document = asker.document(place);
      if (document != null) {
        var told = document.path("issuer").asString("");
        if (!told.equals(issuer) && !told.equals(issuer + "/") && !issuer.equals(told + "/")) {
          throw new Unfit("The authorization server " + issuer + " gives another's metadata");
        }
        if (!names(document, "code_challenge_methods_supported", "S256")) {
          throw new Unfit("The authorization server " + issuer + " does not know PKCE");
        }
        return document;
      }
    }
    throw new Unfit("The authorization server " + issuer + " does not say where its endpoints are");
  }

  private static boolean names(JsonNode document, String list, String value) {
    for (var one : document.path(list)) {
      if (one.asString("").equals(value)) {
        return true;
      }
    }
    return false;
  }

  private static String endpoint(JsonNode metadata, String name) throws Unfit {
    var url = metadata.path(name).asString("");
    var parsed = UrlTemplate.parse(url);
    if (parsed.template() == null || !parsed.template().places().isEmpty()) {
      throw new Unfit("The authorization server has no usable " + name);
    }
    return url;
  }

  private Client register(Asker asker, JsonNode metadata) throws Unfit, InterruptedException {
    var own = publicUrl.get() + CLIENT;
    if (own.startsWith("https:")
        && metadata.path("client_id_metadata_document_supported").asBoolean(false)) {
      return new Client(own, null, null);
    }
    if (!metadata.path("registration_endpoint").isString()) {
      throw new Unfit(
          "The authorization server registers nobody: give the client_id that it knows this server"
              + " by, with the redirect address "
              + publicUrl.get()
              + Consents.CALLBACK);
    }
    var wanted = client();
    wanted.remove("client_id");
    var answer = asker.post(endpoint(metadata, "registration_endpoint"), wanted);
    var made = asker.parsed(answer);
    var id = made == null ? "" : made.path("client_id").asString("");
    if (answer.status() / 100 != 2 || made == null || id.isEmpty()) {
      throw new Unfit("The authorization server refused to register this one: " + answer.status());
    }
    var secret = made.path("client_secret").asString("");
    return new Client(id, secret.isEmpty() ? null : Secret.of(secret), null);
  }

  /// This server as a client, the document that its id leads to.
  public ObjectNode client() {
    var client =
        Json.object()
            .put("client_id", publicUrl.get() + CLIENT)
            .put("client_name", "Toolwright")
            .put("client_uri", publicUrl.get().toString())
            .put("application_type", "web")
            .put("token_endpoint_auth_method", "none");
    client.putArray("redirect_uris").add(publicUrl.get() + Consents.CALLBACK);
    client.putArray("grant_types").add("authorization_code").add("refresh_token");
    client.putArray("response_types").add("code");
    return client;
  }

  private static URI address(String url) throws Unfit {
    try {
      var address = new URI(url);
      if (address.getHost() != null && address.getScheme().matches("https?")) {
        return address;
      }
    } catch (URISyntaxException e) {
      // As below.
    }
    throw new Unfit("The server names an authorization server that has no http(s) address");
  }

  private static String origin(URI address) {
    return address.getScheme() + "://" + address.getRawAuthority();
  }

  private static String path(URI address) {
    var path = address.getRawPath();
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  /// Asks in the name of a workspace.
  private final class Asker {
    private final List<String> workspaces;

    Asker(String workspaceId) {
      this.workspaces = List.of(workspaceId);
    }

    /// How the server refuses who has no token.
    EgressResponse refusal(String url) throws Unfit, InterruptedException {
      var first = Json.object().put("jsonrpc", "2.0").put("id", 1).put("method", "ping");
      var answer = post(url, first);
      if (answer.status() != 401) {
        throw new Unfit("The server asks for no authorization: it answered " + answer.status());
      }
      return answer;
    }

    EgressResponse post(String url, ObjectNode body) throws Unfit, InterruptedException {
      var headers = new HashMap<String, String>();
      headers.put("Accept", JSON + ", text/event-stream");
      headers.put("Content-Type", JSON);
      var bytes = Json.write(body).getBytes(StandardCharsets.UTF_8);
      return sent(new EgressRequest("POST", address(url), headers, bytes, TIMEOUT, MAX_ANSWER));
    }

    /// Null: there is none.
    @Nullable JsonNode document(String url) throws Unfit, InterruptedException {
      var headers = Map.of("Accept", JSON);
      var answer = sent(new EgressRequest("GET", address(url), headers, null, TIMEOUT, MAX_ANSWER));
      return answer.status() == 200 ? parsed(answer) : null;
    }

    @Nullable JsonNode parsed(EgressResponse answer) {
      try {
        var parsed = Json.parse(answer.body());
        return parsed.isObject() ? parsed : null;
      } catch (MalformedJson e) {
        return null;
      }
    }

    private EgressResponse sent(EgressRequest request) throws Unfit, InterruptedException {
      try {
        return egress.send(workspaces, request);
      } catch (EgressException e) {
        throw new Unfit(origin(request.uri()) + ": " + e.getMessage());
      }
    }
  }
}
