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
import dev.toolwright.material.Prompt;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `/api/prompts`: messages that people send to a model through their MCP client.
public final class PromptRoutes {
  private static final Access ACCESS = Access.group("mcp");
  private static final String NAME = "[A-Za-z0-9_-]{1,64}";
  private static final int MOST = 50;
  private static final int LONGEST = 1 << 20;
  private static final Set<String> ASKED =
      Set.of("elicitation/create", "sampling/createMessage", "roots/list");
  private static final Set<String> CONTENT =
      Set.of("text", "image", "audio", "resource", "resource_link");

  private final Materials materials;

  public PromptRoutes(Materials materials) {
    this.materials = materials;
  }

  public List<Route> routes() {
    var all = "/api/prompts";
    var one = all + "/{prompt_id}";
    var body =
        Shapes.schema("name", "title", "description", "arguments", "messages", "asks", "is_shared");
    return List.of(
        Route.of("POST", all, ACCESS, Role.MEMBER, "Make a prompt for MCP clients", this::create)
            .doc(RouteDoc.NONE.request(body, example()).status(201)),
        Route.of("GET", all, ACCESS, Role.VIEWER, "Your prompts", this::list),
        Route.of("GET", one, ACCESS, Role.VIEWER, "Show a prompt", this::show),
        Route.of("PUT", one, ACCESS, Role.MEMBER, "Change a prompt", this::update)
            .doc(RouteDoc.NONE.request(body, Json.object().put("is_shared", true))),
        Route.of("DELETE", one, ACCESS, Role.MEMBER, "Delete a prompt", this::delete));
  }

  private static ObjectNode example() {
    var example =
        Json.object().put("name", "review_contract").put("description", "Review a contract");
    example
        .putArray("arguments")
        .addObject()
        .put("name", "law")
        .put("description", "Whose law governs it")
        .put("required", true);
    example
        .putArray("messages")
        .addObject()
        .put("role", "user")
        .put("content", "Review the contract below under the law of {{law}}.");
    return example.put("is_shared", true);
  }

  private void create(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var name = in.pattern("name", NAME, "must have 1 to 64 letters, digits, _ or -");
    if (!in.has("name")) {
      in.fault("name", "is required");
    }
    var content = content(in, null);
    var shared = in.bool("is_shared", false);
    in.finish();
    var made =
        materials.create(
            exchange.caller(), Material.PROMPT, name == null ? "" : name, shared, content);
    exchange.json(201, shown(made));
  }

  private static Prompt content(Fields in, @Nullable Prompt old) {
    var arguments = arguments(in);
    var messages = messages(in);
    if (old == null && messages == null && !in.has("messages")) {
      in.fault("messages", "is required");
    }
    var asks = in.object("asks");
    checkAsks(in, asks);
    return new Prompt(
        in.names("title") || old == null ? in.text("title", 100) : old.title(),
        in.text("description", 4_000, old == null ? "" : old.description()),
        arguments != null ? arguments : old == null ? List.of() : old.arguments(),
        new Prompt.Config(
            "prompt",
            messages != null ? messages : old == null ? Json.array() : old.config().messages(),
            asks != null ? asks : old == null ? Json.object() : old.config().asks()));
  }

  private static @Nullable List<Prompt.Argument> arguments(Fields in) {
    var items = in.items("arguments", MOST);
    if (items == null) {
      return null;
    }
    var names = new HashSet<String>();
    var arguments = new ArrayList<Prompt.Argument>();
    for (var item : items) {
      var name = item.requiredText("name", 1, 100);
      if (!name.matches("[A-Za-z0-9_-]*")) {
        item.fault("name", "must have letters, digits, _ and - only");
      } else if (!names.add(name)) {
        item.fault("name", "occurs twice");
      }
      var values = item.texts("values", MOST, 200);
      arguments.add(
          new Prompt.Argument(
              name,
              item.text("title", 100),
              item.text("description", 1_000, ""),
              item.bool("required", false),
              values == null ? List.of() : values));
    }
    return arguments;
  }

  /// Each as MCP has it; a content that is a mere text is text.
  private static @Nullable ArrayNode messages(Fields in) {
    var items = in.items("messages", MOST);
    if (items == null) {
      return null;
    }
    if (items.isEmpty()) {
      in.fault("messages", "must not be empty");
    }
    var messages = Json.array();
    for (var item : items) {
      var role = item.choice("role", List.of("user", "assistant"));
      var content = item.any("content");
      if (role == null && !item.has("role")) {
        item.fault("role", "is required");
      }
      if (content != null && content.isString()) {
        content = Json.object().put("type", "text").put("text", content.asString());
      } else if (content == null || !CONTENT.contains(content.path("type").asString(""))) {
        item.fault(
            "content",
            "must be a text, or an object of type text, image, audio, resource or resource_link");
      }
      messages.addObject().put("role", role).set("content", content);
    }
    if (Json.write(messages).length() > LONGEST) {
      in.fault("messages", "must have at most 1 MiB");
    }
    return messages;
  }

  private static void checkAsks(Fields in, @Nullable ObjectNode asks) {
    if (asks == null) {
      return;
    }
    for (var ask : asks.properties()) {
      if (!ASKED.contains(ask.getValue().path("method").asString(""))) {
        in.fault(
            "asks." + ask.getKey() + ".method",
            "must be elicitation/create, sampling/createMessage or roots/list");
      }
    }
  }

  private void list(Exchange exchange) {
    var found = materials.list(exchange.caller(), Material.PROMPT);
    exchange.json(200, Shapes.list("prompts", found, found.size(), PromptRoutes::listed));
  }

  private void show(Exchange exchange) {
    exchange.json(200, shown(found(exchange)));
  }

  private Definition found(Exchange exchange) {
    return materials.get(exchange.caller(), Material.PROMPT, exchange.path("prompt_id"));
  }

  private void update(Exchange exchange) {
    var old = found(exchange);
    var in = Fields.of(exchange.body());
    in.ignore("version", "updated_at");
    in.unchanged(shown(old), "id", "name", "owner", "created_at");
    var content = content(in, Prompt.of(old));
    var shared = in.bool("is_shared", old.visibility() != Visibility.PRIVATE);
    in.finish();
    exchange.json(
        200,
        shown(materials.update(exchange.caller(), Material.PROMPT, old.id(), shared, content)));
  }

  private void delete(Exchange exchange) {
    var id = exchange.path("prompt_id");
    var gone = materials.delete(exchange.caller(), Material.PROMPT, id);
    exchange.json(200, Json.object().put("id", gone.id()).put("message", "Prompt deleted"));
  }

  private static ObjectNode listed(Definition definition) {
    var body = definition.body();
    var shown = Json.object().put("id", definition.id()).put("name", definition.name());
    shown.set("title", body.get("title"));
    shown.set("description", body.get("description"));
    shown.set("arguments", body.get("arguments"));
    return Shapes.defined(shown, definition);
  }

  private static ObjectNode shown(Definition definition) {
    JsonNode config = definition.body().path("config");
    var shown = listed(definition);
    shown.set("messages", config.get("messages"));
    shown.set("asks", config.get("asks"));
    return shown;
  }
}
