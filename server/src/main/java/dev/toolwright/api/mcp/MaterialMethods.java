package dev.toolwright.api.mcp;

import dev.toolwright.account.Caller;
import dev.toolwright.agent.AgentLibrary;
import dev.toolwright.agent.AgentTemplate;
import dev.toolwright.artifact.Artifact;
import dev.toolwright.artifact.Artifacts;
import dev.toolwright.definition.Definition;
import dev.toolwright.json.Json;
import dev.toolwright.material.Material;
import dev.toolwright.material.Materials;
import dev.toolwright.material.Prompt;
import dev.toolwright.material.Resource;
import dev.toolwright.mcp.McpError;
import dev.toolwright.mcp.McpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What lies beside the tools: resources (those that people made, and the caller's artifacts),
/// prompts (those that people made, and the templates of agents), and what may stand in their
/// places.
final class MaterialMethods {
  private static final String ARTIFACT = "toolwright://artifacts/";
  private static final int LISTED_ARTIFACTS = 100;
  private static final int LONGEST = 4 << 20;
  private static final int MOST_COMPLETIONS = 100;
  private static final String TASK = "task";

  private final Materials materials;
  private final Artifacts artifacts;
  private final Rounds rounds;
  private final AgentLibrary library = new AgentLibrary();

  MaterialMethods(Materials materials, Artifacts artifacts, Rounds rounds) {
    this.materials = materials;
    this.artifacts = artifacts;
    this.rounds = rounds;
  }

  // Resources

  /// @param templates those with places in their URIs, or those without
  ObjectNode resources(Caller caller, boolean templates) {
    var result = Json.object();
    var list = result.putArray(templates ? "resourceTemplates" : "resources");
    for (var one : materials.list(caller, Material.RESOURCE)) {
      if (Resource.isTemplate(one.name()) == templates) {
        list.add(listed(one, templates));
      }
    }
    if (!templates) {
      artifacts.list(caller, 1, LISTED_ARTIFACTS).artifacts().forEach(one -> list.add(listed(one)));
    }
    return result;
  }

  private static ObjectNode listed(Definition one, boolean template) {
    var body = one.body();
    var listed = Json.object().put(template ? "uriTemplate" : "uri", one.name());
    listed.put("name", one.name());
    if (body.path("title").isString()) {
      listed.set("title", body.get("title"));
    }
    listed.set("description", body.get("description"));
    listed.set("mimeType", body.get("mimeType"));
    return listed;
  }

  private static ObjectNode listed(Artifact one) {
    return Json.object()
        .put("uri", ARTIFACT + one.id())
        .put("name", one.id())
        .put("title", "Result of " + one.tool())
        .put("mimeType", one.contentType())
        .put("size", one.size());
  }

  /// The content block that leads from an artifact's handle to the artifact.
  static ObjectNode link(JsonNode handle) {
    var id = handle.path("artifact_id").asString("");
    var link = Json.object().put("type", "resource_link").put("uri", ARTIFACT + id);
    link.put("name", id);
    link.set("mimeType", handle.path("content_type"));
    link.set("size", handle.path("size_bytes"));
    return link;
  }

  ObjectNode read(Caller caller, McpRequest request) throws McpError {
    var uri = request.params().path("uri").asString("");
    var content =
        uri.startsWith(ARTIFACT)
            ? artifact(caller, uri).orElse(null)
            : made(caller, uri).orElse(null);
    if (content == null) {
      throw new McpError(
          200,
          request.isModern() ? McpError.INVALID_PARAMS : McpError.RESOURCE_NOT_FOUND,
          "Resource not found",
          Json.object().put("uri", uri));
    }
    var result = Json.object();
    result.putArray("contents").add(content);
    return result;
  }

  /// The version of a resource; empty when the caller does not see it.
  Optional<Integer> version(Caller caller, String uri) {
    return materials.find(caller, Material.RESOURCE, uri).map(Definition::version);
  }

  private Optional<ObjectNode> made(Caller caller, String uri) {
    var exact =
        Resource.isTemplate(uri)
            ? Optional.<Definition>empty()
            : materials.find(caller, Material.RESOURCE, uri);
    if (exact.isPresent()) {
      return exact.map(one -> content(uri, Resource.of(one), Map.of()));
    }
    for (var one : materials.list(caller, Material.RESOURCE)) {
      var places =
          Resource.isTemplate(one.name())
              ? Resource.matched(one.name(), uri)
              : Optional.<Map<String, String>>empty();
      if (places.isPresent()) {
        return materials
            .find(caller, Material.RESOURCE, one.name())
            .map(found -> content(uri, Resource.of(found), places.get()));
      }
    }
    return Optional.empty();
  }

  private static ObjectNode content(String uri, Resource resource, Map<String, String> places) {
    var content = Json.object().put("uri", uri).put("mimeType", resource.mimeType());
    var text = resource.text(places);
    return text == null ? content.put("blob", resource.config().blob()) : content.put("text", text);
  }

  private Optional<ObjectNode> artifact(Caller caller, String uri) throws McpError {
    var found = artifacts.find(caller, uri.substring(ARTIFACT.length()));
    if (found.isEmpty()) {
      return Optional.empty();
    }
    var artifact = found.get();
    if (artifact.size() > LONGEST) {
      throw new McpError(
          200,
          McpError.INTERNAL,
          "This is larger than 4 MiB: read it in parts with " + Artifact.READER,
          null);
    }
    var bytes = artifacts.content(artifact, 0, LONGEST);
    var content = Json.object().put("uri", uri).put("mimeType", artifact.contentType());
    return Optional.of(
        artifact.isText()
            ? content.put("text", new String(bytes, StandardCharsets.UTF_8))
            : content.put("blob", Base64.getEncoder().encodeToString(bytes)));
  }

  // Prompts

  ObjectNode prompts(Caller caller) {
    var result = Json.object();
    var list = result.putArray("prompts");
    for (var one : materials.list(caller, Material.PROMPT)) {
      var body = one.body();
      var listed = Json.object().put("name", one.name());
      if (body.path("title").isString()) {
        listed.set("title", body.get("title"));
      }
      listed.set("description", body.get("description"));
      var arguments = listed.putArray("arguments");
      body.path("arguments").forEach(argument -> arguments.add(listed(argument)));
      list.add(listed);
    }
    library.templates().forEach(template -> list.add(listed(template)));
    return result;
  }

  private static ObjectNode listed(JsonNode argument) {
    var listed = Json.object();
    listed.set("name", argument.get("name"));
    if (argument.path("title").isString()) {
      listed.set("title", argument.get("title"));
    }
    listed.set("description", argument.get("description"));
    listed.set("required", argument.get("required"));
    return listed;
  }

  private static ObjectNode listed(AgentTemplate template) {
    var listed =
        Json.object()
            .put("name", template.id())
            .put("title", template.name())
            .put("description", template.description());
    listed
        .putArray("arguments")
        .addObject()
        .put("name", TASK)
        .put("description", "What is to be done")
        .put("required", false);
    return listed;
  }

  ObjectNode prompt(Client client, McpRequest request, Reply reply)
      throws McpError, InterruptedException {
    var name = request.params().path("name").asString("");
    var given = given(request.params().path("arguments"));
    var made = materials.find(client.caller(), Material.PROMPT, name).orElse(null);
    if (made == null) {
      return library
          .template(name)
          .map(template -> prompt(template, given))
          .orElseThrow(() -> wrong("Unknown prompt: " + shown(name)));
    }
    var prompt = Prompt.of(made);
    var missing = prompt.missing(given);
    if (!missing.isEmpty()) {
      throw wrong("These arguments are required: " + String.join(", ", missing));
    }
    var subject = Json.object().put("prompt", made.id());
    subject.set("arguments", Json.tree(given));
    return rounds.play(
        client, request, subject, reply, round -> played(prompt, given, round.answers()));
  }

  private static Rounds.Turn played(Prompt prompt, Map<String, String> given, ObjectNode answers) {
    var asks = prompt.config().asks();
    var isAnswered = asks.propertyNames().stream().allMatch(key -> answers.path(key).isObject());
    if (!isAnswered) {
      return new Rounds.Turn.Asking(new Asks(asks, null));
    }
    var result = Json.object().put("description", prompt.description());
    result.set("messages", prompt.messages(given, answers));
    return new Rounds.Turn.Done(result);
  }

  private static ObjectNode prompt(AgentTemplate template, Map<String, String> given) {
    var task = given.getOrDefault(TASK, "");
    var text = template.instructions() + (task.isEmpty() ? "" : "\n\n" + task);
    var result = Json.object().put("description", template.description());
    result
        .putArray("messages")
        .addObject()
        .put("role", "user")
        .putObject("content")
        .put("type", "text")
        .put("text", text);
    return result;
  }

  private static Map<String, String> given(JsonNode arguments) throws McpError {
    var given = new HashMap<String, String>();
    for (var argument : arguments.properties()) {
      if (!argument.getValue().isString()) {
        throw wrong("Arguments of a prompt are texts: " + shown(argument.getKey()));
      }
      given.put(argument.getKey(), argument.getValue().asString());
    }
    return given;
  }

  // Completion

  ObjectNode complete(Caller caller, McpRequest request) throws McpError {
    var params = request.params();
    var ref = params.path("ref");
    var argument = params.path("argument");
    var type = ref.path("type").asString("");
    if (!(type.equals("ref/prompt") || type.equals("ref/resource"))
        || !argument.path("name").isString()) {
      throw wrong("ref must name a prompt or a resource, and argument have a name");
    }
    var values =
        type.equals("ref/prompt")
            ? values(caller, ref.path("name").asString(""), argument.path("name").asString(""))
            : List.<String>of();
    var start = argument.path("value").asString("");
    var fitting = values.stream().filter(value -> value.startsWith(start)).toList();
    var result = Json.object();
    var completion = result.putObject("completion");
    var list = completion.putArray("values");
    fitting.stream().limit(MOST_COMPLETIONS).forEach(list::add);
    completion.put("total", fitting.size()).put("hasMore", fitting.size() > MOST_COMPLETIONS);
    return result;
  }

  private List<String> values(Caller caller, String prompt, String argument) {
    return materials.find(caller, Material.PROMPT, prompt).map(Prompt::of).stream()
        .flatMap(one -> one.arguments().stream())
        .filter(one -> one.name().equals(argument))
        .flatMap(one -> one.values().stream())
        .toList();
  }

  private static McpError wrong(String message) {
    return new McpError(200, McpError.INVALID_PARAMS, message, null);
  }

  static String shown(@Nullable String text) {
    return text == null || text.length() <= 100
        ? String.valueOf(text)
        : text.substring(0, 100) + "…";
  }
}
