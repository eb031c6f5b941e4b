package dev.toolwright.api.catalog;

import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.catalog.CatalogTool;
import dev.toolwright.catalog.ServiceDraft;
import dev.toolwright.catalog.Status;
import dev.toolwright.connection.AuthDraft;
import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.json.Schemas;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Tool;
import dev.toolwright.vault.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A tool as this face spells it.
final class ToolBody {
  private static final List<String> TYPES = List.of("mcp", "builtin");
  private static final List<String> STATUSES = List.of("active", "inactive", "error");
  private static final List<String> SCOPES = List.of("public", "org", "private");
  private static final List<String> TRANSPORTS = List.of("sse", "http");
  private static final Set<String> SERVED =
      Set.of("transport", "endpoint", "dockerImage", "port", "environment", "healthEndpoint");
  private static final Set<String> SERVER_OWNED =
      Set.of("_id", "owner", "createdBy", "createdAt", "deletedAt", "metadata");
  private static final Set<String> MOVING =
      Set.of("updatedBy", "updatedAt", "lastHealthCheck", "containerId", "statusMessage");
  private static final int MOST_VARIABLES = 100;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final Schemas schemas;

  ToolBody(Schemas schemas) {
    this.schemas = schemas;
  }

  /// @param before null: it is new
  /// @throws Problem 400 with every fault, or with the rule that a served tool breaks
  ServiceDraft read(ObjectNode body, @Nullable CatalogTool before) {
    var in = new CatalogFields(body, before == null);
    var type = type(in, before);
    var builtin = "builtin".equals(type);
    if (before != null) {
      in.unchanged(shown(before), SERVER_OWNED);
      in.ignore(MOVING);
    }
    if (builtin) {
      in.ignore(SERVED);
    }
    var schema = in.object("schema", true);
    var status = in.choice("status", STATUSES, false);
    var draft =
        new ServiceDraft(
            in.text("name", 1, 100, true),
            builtin,
            in.text("description", 1, 500, true),
            in.choice("category", CatalogTool.CATEGORIES, true),
            part(in, schema, "inputSchema"),
            part(in, schema, "outputSchema"),
            status == null ? null : Status.of(status),
            in.choice("scope", SCOPES, false),
            builtin ? null : in.choice("transport", TRANSPORTS, false),
            builtin ? null : endpoint(in),
            builtin ? null : in.text("dockerImage", 0, 500, false),
            builtin ? null : in.number("port", 1024, 65_535),
            builtin ? null : healthEndpoint(in),
            builtin ? null : environment(in, before));
    in.finish();
    if (!builtin && (before == null ? isMissing(draft) : isEmptied(draft))) {
      throw Problem.invalid("MCP tools require transport, endpoint, dockerImage, and port");
    }
    return draft;
  }

  private static @Nullable String type(CatalogFields in, @Nullable CatalogTool before) {
    if (before == null) {
      return in.choice("type", TYPES, true);
    }
    var type = type(before.tool());
    var said = in.value("type");
    if (said != null && !said.asString("").equals(type)) {
      in.fault("property type should not be changed");
    }
    return type;
  }

  private static boolean isMissing(ServiceDraft draft) {
    return draft.transport() == null
        || draft.port() == null
        || isEmpty(draft.endpoint())
        || isEmpty(draft.dockerImage());
  }

  private static boolean isEmptied(ServiceDraft draft) {
    return "".equals(draft.endpoint()) || "".equals(draft.dockerImage());
  }

  private static boolean isEmpty(@Nullable String text) {
    return text == null || text.isEmpty();
  }

  private @Nullable ObjectNode part(CatalogFields in, @Nullable ObjectNode schema, String name) {
    if (schema == null) {
      return null;
    }
    if (!(schema.get(name) instanceof ObjectNode part)) {
      in.fault("schema." + name + " must be an object");
      return null;
    }
    if (part.isEmpty()) {
      // It says nothing: any object goes in, and anything comes out.
      return name.equals("inputSchema") ? part.put("type", "object") : null;
    }
    for (var fault : schemas.faultsOf(part)) {
      in.fault("schema." + name + ": " + fault);
    }
    return part;
  }

  private static @Nullable String endpoint(CatalogFields in) {
    var endpoint = in.text("endpoint", 0, 2_000, false);
    if (endpoint != null && !endpoint.isEmpty()) {
      var url = UrlTemplate.parse(endpoint).template();
      if (url == null || !url.places().isEmpty() || endpoint.contains("?")) {
        in.fault("endpoint must be a URL address");
      }
    }
    return endpoint;
  }

  private static @Nullable String healthEndpoint(CatalogFields in) {
    var endpoint = in.text("healthEndpoint", 0, 2_000, false);
    if (endpoint != null
        && !endpoint.isEmpty()
        && !(isUri(endpoint)
            && (endpoint.startsWith("/") || UrlTemplate.parse(endpoint).template() != null))) {
      in.fault("healthEndpoint must be a path or a URL address");
    }
    return isEmpty(endpoint) ? null : endpoint;
  }

  private static boolean isUri(String text) {
    try {
      return !new URI(text).toString().isEmpty();
    } catch (URISyntaxException _) {
      return false;
    }
  }

  /// A mask that comes back keeps the value that is stored.
  private static @Nullable Map<String, @Nullable Secret> environment(
      CatalogFields in, @Nullable CatalogTool before) {
    var said = in.object("environment", false);
    if (said == null) {
      return null;
    }
    var stored =
        before == null || before.service() == null
            ? Set.<String>of()
            : before.service().environment().keySet();
    var variables = new HashMap<String, @Nullable Secret>();
    if (said.size() > MOST_VARIABLES) {
      in.fault("environment must contain no more than " + MOST_VARIABLES + " elements");
    }
    said.properties()
        .forEach(one -> {
          var name = one.getKey();
          var value = one.getValue();
          if (!name.matches("[A-Za-z_][A-Za-z0-9_]{0,199}")) {
            in.fault("environment." + name + " must be the name of a variable");
          } else if (!value.isString()) {
            in.fault("environment." + name + " must be a string");
          } else if (!value.asString().equals(AuthDraft.MASK)) {
            variables.put(name, Secret.of(value.asString()));
          } else if (stored.contains(name)) {
            variables.put(name, null);
          } else {
            in.fault("environment." + name + " is masked, and no value of it is stored");
          }
        });
    return variables;
  }

  // What is shown

  static String type(Tool tool) {
    return switch (tool.content().config()) {
      case Config.Mcp _ -> "mcp";
      case Config.Builtin _ -> "builtin";
      case Config other -> other.kind();
    };
  }

  static String id(String id) {
    return id.substring(id.indexOf('_') + 1);
  }

  static @Nullable String time(@Nullable Instant instant) {
    return instant == null ? null : TIME.format(instant);
  }

  static ObjectNode shown(CatalogTool one) {
    var tool = one.tool();
    var content = tool.content();
    var shown =
        Json.object()
            .put("_id", id(tool.id()))
            .put("name", content.title() == null ? tool.name() : content.title())
            .put("type", type(tool))
            .put("description", content.description())
            .put("category", one.category());
    addServer(shown, one);
    addStatus(shown, one);
    var schema = shown.putObject("schema");
    schema.set("inputSchema", content.parametersSchema());
    var output = content.outputSchema();
    schema.set("outputSchema", output == null ? Json.object() : output);
    var service = one.service();
    shown.put("scope", service == null ? tool.visibility().key() : service.scope());
    addOwner(shown, one);
    var metadata = shown.putObject("metadata");
    if (!one.category().equals(content.category())) {
      metadata.put("category", content.category());
    }
    return shown.put("createdAt", time(tool.createdAt())).put("updatedAt", time(tool.updatedAt()));
  }

  private static void addServer(ObjectNode shown, CatalogTool one) {
    var service = one.service();
    if (service == null || service.transport() == null) {
      return;
    }
    shown
        .put("transport", service.transport())
        .put("endpoint", one.endpoint())
        .put("dockerImage", service.dockerImage())
        .put("port", service.port());
    var environment = shown.putObject("environment");
    service.environment().keySet().stream()
        .sorted()
        .forEach(name -> environment.put(name, AuthDraft.MASK));
    if (service.healthEndpoint() != null) {
      shown.put("healthEndpoint", service.healthEndpoint());
    }
    shown.put("lastHealthCheck", time(service.lastHealthCheck()));
    if (one.containerId() != null) {
      shown.put("containerId", one.containerId());
    }
  }

  private static void addStatus(ObjectNode shown, CatalogTool one) {
    var service = one.service();
    var status = service == null ? Status.ACTIVE : service.status();
    shown.put("status", (one.deletedAt() == null ? status : Status.INACTIVE).key());
    if (service != null && service.statusMessage() != null) {
      shown.put("statusMessage", service.statusMessage());
    }
  }

  /// People of other workspaces are not named.
  private static void addOwner(ObjectNode shown, CatalogTool one) {
    var tool = one.tool();
    var service = one.service();
    var by = service == null ? tool.ownerId() : service.updatedBy();
    var isOwn = service == null || !by.isEmpty();
    shown
        .putObject("owner")
        .put("userId", isOwn ? id(tool.ownerId()) : null)
        .put("orgId", isOwn ? id(tool.workspaceId()) : null);
    shown
        .put("createdBy", isOwn ? id(tool.ownerId()) : null)
        .put("updatedBy", isOwn ? id(by) : null)
        .put("deletedAt", time(one.deletedAt()));
  }

  // How it is described

  static ObjectNode example() {
    var example =
        Json.object()
            .put("name", "webSearch")
            .put("type", "mcp")
            .put("description", "Search the web")
            .put("category", "productivity")
            .put("transport", "http")
            .put("endpoint", "https://search.example.com")
            .put("dockerImage", "example/mcp-web-search:1.0")
            .put("port", 3100)
            .put("healthEndpoint", "/health");
    example.putObject("environment").put("API_KEY", "…");
    var schema = example.putObject("schema");
    var input = schema.putObject("inputSchema").put("type", "object");
    input.putObject("properties").putObject("query").put("type", "string");
    schema.putObject("outputSchema").put("type", "object");
    return example;
  }

  static RouteDoc documented(ObjectNode example) {
    var schema = Json.object().put("type", "object");
    var properties = schema.putObject("properties");
    example().propertyNames().forEach(name -> properties.set(name, Json.object()));
    properties.set("status", Json.object());
    properties.set("scope", Json.object());
    return RouteDoc.NONE.request(schema, example);
  }
}
