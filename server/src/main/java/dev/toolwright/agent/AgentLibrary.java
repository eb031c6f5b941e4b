package dev.toolwright.agent;

import dev.toolwright.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The templates and packs that come with the server.
public final class AgentLibrary {
  private final List<AgentTemplate> templates;
  private final List<AgentPack> packs;

  public AgentLibrary() {
    var roles = new ArrayList<AgentTemplate>();
    resource("templates.json").forEach(one -> roles.add(template(one)));
    templates = List.copyOf(roles);
    var groups = new ArrayList<AgentPack>();
    resource("packs.json").forEach(one -> groups.add(pack(one)));
    packs = List.copyOf(groups);
  }

  public List<AgentTemplate> templates() {
    return templates;
  }

  public Optional<AgentTemplate> template(String id) {
    return templates.stream().filter(template -> template.id().equals(id)).findFirst();
  }

  public List<AgentPack> packs() {
    return packs;
  }

  public Optional<AgentPack> pack(String id) {
    return packs.stream().filter(pack -> pack.id().equals(id)).findFirst();
  }

  private static AgentTemplate template(JsonNode json) {
    return new AgentTemplate(
        text(json, "id"),
        text(json, "name"),
        text(json, "role"),
        text(json, "description"),
        text(json, "instructions"),
        texts(json.path("default_tools")),
        text(json, "model"),
        json.path("temperature").asDouble());
  }

  private static AgentPack pack(JsonNode json) {
    var members = new ArrayList<AgentPack.Member>();
    for (var member : json.path("agents")) {
      members.add(
          new AgentPack.Member(
              text(member, "name"),
              text(member, "description"),
              text(member, "base_template"),
              text(member, "instructions"),
              texts(member.path("tools"))));
    }
    return new AgentPack(text(json, "id"), text(json, "name"), text(json, "description"), members);
  }

  private static String text(JsonNode json, String name) {
    return json.path(name).asString();
  }

  private static List<String> texts(JsonNode array) {
    var texts = new ArrayList<String>();
    array.forEach(text -> texts.add(text.asString()));
    return texts;
  }

  private static JsonNode resource(String name) {
    try (var in = AgentLibrary.class.getResourceAsStream("/agents/" + name)) {
      if (in == null) {
        throw new IllegalStateException("missing resource " + name);
      }
      return Json.stored(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
