package dev.toolwright.importer.openapi;

import dev.toolwright.connection.Auth;
import dev.toolwright.connection.Requests;
import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.importer.openapi.Document.Source;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How requests of a document show who they are: of its security schemes the one that serves most
/// operations becomes the connection's. It comes without a credential.
final class Security {
  private final Document document;
  private final Map<String, Auth> usable = new LinkedHashMap<>();
  private final Set<String> notes = new LinkedHashSet<>();
  private final String scheme;
  private final Auth auth;

  private Security(Document document, List<Source> operations) {
    this.document = document;
    for (var one : document.root().path("components").path("securitySchemes").properties()) {
      try {
        usable.put(
            one.getKey(), auth(document.object(one.getValue()), scopes(one.getKey(), operations)));
      } catch (Unfit e) {
        notes.add(
            "The security scheme " + Document.shown(one.getKey()) + " is not used: it " + e.why());
      }
    }
    this.scheme = chosen(operations);
    this.auth = usable.getOrDefault(scheme, new Auth.None());
    if (!scheme.isEmpty() && usable.size() > 1) {
      notes.add(
          "The connection uses the security scheme " + scheme + ", which serves most operations");
    }
    notes.addAll(open(auth));
  }

  static Security of(Document document, List<Source> operations) {
    return new Security(document, operations);
  }

  Auth auth() {
    return auth;
  }

  /// Name of the security scheme; empty: none is used.
  String scheme() {
    return scheme;
  }

  Set<String> notes() {
    return notes;
  }

  /// Whether the connection's credential goes where this parameter would.
  boolean covers(String place, String name) {
    return auth instanceof Auth.ApiKey key
        && key.in().key().equals(place)
        && (place.equals("header") ? name.equalsIgnoreCase(key.name()) : name.equals(key.name()));
  }

  /// What an operation demands beyond what the connection gives.
  Set<String> warnings(Source source) {
    var warnings = new LinkedHashSet<String>();
    var demanded = demanded(source);
    var served =
        demanded.isEmpty()
            || demanded.stream().anyMatch(one -> one.isEmpty() || one.equals(Set.of(scheme)));
    if (!served) {
      var more = new LinkedHashSet<>(demanded.getFirst());
      more.remove(scheme);
      warnings.add(
          "Needs "
              + String.join(" and ", more)
              + (demanded.getFirst().contains(scheme)
                  ? " besides"
                  : ", which the connection does not give"));
    }
    return warnings;
  }

  /// The alternatives, each the names of schemes that go together.
  private List<Set<String>> demanded(Source source) {
    var said = source.operation().path("security");
    var demanded = new ArrayList<Set<String>>();
    for (var one : said.isArray() ? said : document.root().path("security")) {
      demanded.add(new LinkedHashSet<>(one.propertyNames()));
    }
    return demanded;
  }

  private String chosen(List<Source> operations) {
    var served = new HashMap<String, Integer>();
    for (var operation : operations) {
      var names = new HashSet<String>();
      demanded(operation).forEach(names::addAll);
      names.forEach(name -> served.merge(name, 1, Integer::sum));
    }
    var best = "";
    for (var name : usable.keySet()) {
      if (best.isEmpty() || served.getOrDefault(name, 0) > served.getOrDefault(best, 0)) {
        best = name;
      }
    }
    return best;
  }

  /// The scopes of a scheme that the operations demand.
  private String scopes(String name, List<Source> operations) {
    var scopes = new LinkedHashSet<String>();
    var places = new ArrayList<JsonNode>();
    places.add(document.root().path("security"));
    operations.forEach(operation -> places.add(operation.operation().path("security")));
    for (var requirements : places) {
      requirements.forEach(one -> one.path(name).forEach(scope -> scopes.add(scope.asString(""))));
    }
    scopes.remove("");
    return String.join(" ", scopes);
  }

  private Auth auth(ObjectNode scheme, String scopes) throws Unfit {
    return switch (scheme.path("type").asString("")) {
      case "apiKey" -> apiKey(scheme);
      case "http" ->
          switch (scheme.path("scheme").asString("").toLowerCase(Locale.ROOT)) {
            case "bearer" -> new Auth.Bearer();
            case "basic" -> new Auth.Basic("");
            default -> throw new Unfit("is of an HTTP scheme that is not supported");
          };
      case "oauth2" -> oauth(scheme.path("flows"), scopes);
      // A token that was obtained elsewhere serves just as well.
      case "openIdConnect" -> new Auth.Bearer();
      case "mutualTLS" -> throw new Unfit("needs a client certificate, which is not supported");
      default -> throw new Unfit("is of a type that OpenAPI does not know");
    };
  }

  private static Auth apiKey(ObjectNode scheme) throws Unfit {
    var name = scheme.path("name").asString("");
    if (name.isBlank() || name.length() > 100) {
      throw new Unfit("has no name that a key could be sent under");
    }
    return switch (scheme.path("in").asString("")) {
      case "header" -> new Auth.ApiKey(name, Auth.Place.HEADER);
      case "query" -> new Auth.ApiKey(name, Auth.Place.QUERY);
      case "cookie" ->
          throw new Unfit("wants a key in a cookie, and requests of tools carry no cookies");
      default -> throw new Unfit("does not say where its key goes");
    };
  }

  private Auth oauth(JsonNode flows, String scopes) throws Unfit {
    var client = flows.path("clientCredentials");
    if (client.isObject()) {
      return new Auth.ClientCredentials(url(client, "tokenUrl"), "", scopes, Auth.ClientAuth.BASIC);
    }
    var code = flows.path("authorizationCode");
    if (code.isObject()) {
      return new Auth.AuthorizationCode(
          url(code, "authorizationUrl"), url(code, "tokenUrl"), "", scopes, Auth.ClientAuth.BASIC);
    }
    if (flows.isEmpty()) {
      throw new Unfit("names no flow");
    }
    return new Auth.Bearer();
  }

  private String url(JsonNode flow, String field) throws Unfit {
    var url = flow.path(field).asString("");
    if (document.address() != null && url.startsWith("/")) {
      url = Requests.origin(document.address().toString()) + url;
    }
    var parsed = UrlTemplate.parse(url);
    if (parsed.template() == null || !parsed.template().places().isEmpty()) {
      throw new Unfit("has a " + field + " that is no http(s) address");
    }
    return url;
  }

  /// What is left for a person to do.
  private static List<String> open(Auth auth) {
    return switch (auth) {
      case Auth.None _ -> List.of();
      case Auth.ApiKey _, Auth.Bearer _ ->
          List.of("The connection has no credential yet: PUT /api/connections/{id}/credentials");
      case Auth.Basic _ ->
          List.of(
              "The connection has no user name and password yet: PUT /api/connections/{id} with auth");
      case Auth.ClientCredentials _ ->
          List.of("The connection has no client yet: PUT /api/connections/{id} with auth");
      case Auth.AuthorizationCode _ ->
          List.of(
              "The connection has no client yet: PUT /api/connections/{id} with auth; then POST"
                  + " /api/connections/{id}/authorize for the consent");
    };
  }

  /// As it is pinned.
  ObjectNode definition() {
    return (ObjectNode) Json.tree(auth);
  }
}
