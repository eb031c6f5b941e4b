package dev.toolwright.api.enterprise;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.material.Material;
import dev.toolwright.material.Materials;
import dev.toolwright.material.Resource;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// `/api/resources`: what MCP clients may read, under URIs of the workspace's own.
public final class ResourceRoutes {
  private static final Access ACCESS = Access.group("mcp");
  private static final int LONGEST = 1 << 20;
  private static final String TYPE = "[\\w!#$&^.+-]{1,60}/[\\w!#$&^.+-]{1,60}(;.{1,100})?";

  private final Materials materials;

  public ResourceRoutes(Materials materials) {
    this.materials = materials;
  }

  public List<Route> routes() {
    var all = "/api/resources";
    var one = all + "/{resource_id}";
    var body =
        Shapes.schema("uri", "title", "description", "mime_type", "text", "blob", "is_shared");
    var example =
        Json.object()
            .put("uri", "handbook://returns")
            .put("title", "Returns")
            .put("text", "Goods come back within 30 days.")
            .put("is_shared", true);
    return List.of(
        Route.of("POST", all, ACCESS, Role.MEMBER, "Make a resource for MCP clients", this::create)
            .doc(RouteDoc.NONE.request(body, example).status(201)),
        Route.of("GET", all, ACCESS, Role.VIEWER, "Your resources", this::list),
        Route.of("GET", one, ACCESS, Role.VIEWER, "Show a resource", this::show),
        Route.of("PUT", one, ACCESS, Role.MEMBER, "Change a resource", this::update)
            .doc(RouteDoc.NONE.request(body, Json.object().put("is_shared", false))),
        Route.of("DELETE", one, ACCESS, Role.MEMBER, "Delete a resource", this::delete));
  }

  private void create(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var uri = in.requiredText("uri", 1, 500);
    if (!uri.isEmpty() && !Resource.isUri(uri)) {
      in.fault("uri", "must be a URI such as handbook://returns, perhaps with {places}");
    }
    var content = content(in, null);
    var shared = in.bool("is_shared", false);
    in.finish();
    exchange.json(
        201, shown(materials.create(exchange.caller(), Material.RESOURCE, uri, shared, content)));
  }

  private static Resource content(Fields in, @Nullable Resource old) {
    var text = in.text("text", LONGEST);
    var blob = in.text("blob", LONGEST * 2);
    if (text != null && blob != null) {
      in.fault("blob", "must not be given beside text");
    } else if (blob != null && !isBase64(blob)) {
      in.fault("blob", "must be base64");
    } else if (old == null && text == null && blob == null) {
      in.fault("text", "is required, or blob");
    }
    var type = in.pattern("mime_type", TYPE, "must be a media type such as text/plain");
    var config =
        text != null || blob != null || old == null
            ? new Resource.Config("resource", text, blob)
            : old.config();
    return new Resource(
        in.names("title") || old == null ? in.text("title", 100) : old.title(),
        in.text("description", 4_000, old == null ? "" : old.description()),
        type != null
            ? type
            : old != null
                ? old.mimeType()
                : blob == null ? "text/plain" : "application/octet-stream",
        config);
  }

  private static boolean isBase64(String text) {
    try {
      return Base64.getDecoder().decode(text).length <= LONGEST;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void list(Exchange exchange) {
    var found = materials.list(exchange.caller(), Material.RESOURCE);
    exchange.json(200, Shapes.list("resources", found, found.size(), ResourceRoutes::listed));
  }

  private void show(Exchange exchange) {
    exchange.json(200, shown(found(exchange)));
  }

  private Definition found(Exchange exchange) {
    return materials.get(exchange.caller(), Material.RESOURCE, exchange.path("resource_id"));
  }

  private void update(Exchange exchange) {
    var old = found(exchange);
    var in = Fields.of(exchange.body());
    in.ignore("version", "updated_at");
    in.unchanged(shown(old), "id", "uri", "owner", "created_at");
    var content = content(in, Resource.of(old));
    var shared = in.bool("is_shared", old.visibility() != Visibility.PRIVATE);
    in.finish();
    exchange.json(
        200,
        shown(materials.update(exchange.caller(), Material.RESOURCE, old.id(), shared, content)));
  }

  private void delete(Exchange exchange) {
    var id = exchange.path("resource_id");
    var gone = materials.delete(exchange.caller(), Material.RESOURCE, id);
    exchange.json(200, Json.object().put("id", gone.id()).put("message", "Resource deleted"));
  }

  private static ObjectNode listed(Definition definition) {
    var body = definition.body();
    var shown = Json.object().put("id", definition.id()).put("uri", definition.name());
    shown.set("title", body.get("title"));
    shown.set("description", body.get("description"));
    shown.set("mime_type", body.get("mimeType"));
    return Shapes.defined(shown, definition);
  }

  private static ObjectNode shown(Definition definition) {
    var config = definition.body().path("config");
    var shown = listed(definition);
    shown.set("text", config.get("text"));
    shown.set("blob", config.get("blob"));
    return shown;
  }
}
