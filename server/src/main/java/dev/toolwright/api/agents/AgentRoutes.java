package dev.toolwright.api.agents;

import static dev.toolwright.agent.JobView.time;

import dev.toolwright.account.Role;
import dev.toolwright.agent.Agent;
import dev.toolwright.agent.AgentDraft;
import dev.toolwright.agent.Agents;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Revision;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// `/agents/…`: agents made, listed, shown, changed and deleted.
public final class AgentRoutes {
  private static final Access ACCESS = Access.group("agents");

  private final Agents agents;

  public AgentRoutes(Agents agents) {
    this.agents = agents;
  }

  public List<Route> routes() {
    return List.of(
        Route.of(
                "POST",
                "/agents/create",
                ACCESS,
                Role.MEMBER,
                "Create an agent (1 credit)",
                this::create)
            .doc(
                RouteDoc.NONE.request(
                    Bodies.schema(
                        "name", "instructions", "tools", "model", "temperature", "metadata"),
                    Json.object()
                        .put("name", "Clerk")
                        .put("instructions", "Answer briefly.")
                        .put("model", "gpt-4o")
                        .set("tools", Json.array().add("greet")))),
        Route.of("GET", "/agents/list", ACCESS, Role.VIEWER, "List agents", this::list)
            .doc(RouteDoc.NONE.query("include_shared", "true: also those shared with you")),
        Route.of("GET", "/agents/{agent_id}", ACCESS, Role.VIEWER, "Show an agent", this::show),
        Route.of(
                "PUT",
                "/agents/{agent_id}",
                ACCESS,
                Role.MEMBER,
                "Change an agent (1 credit)",
                this::update)
            .doc(
                RouteDoc.NONE.request(
                    Bodies.schema(
                        "name",
                        "description",
                        "instructions",
                        "tools",
                        "model",
                        "temperature",
                        "metadata"),
                    Json.object().put("temperature", 0.2))),
        Route.of(
            "GET",
            "/agents/{agent_id}/versions",
            ACCESS,
            Role.VIEWER,
            "The versions of an agent, the newest first",
            this::versions),
        Route.of(
                "DELETE",
                "/agents/{agent_id}",
                ACCESS,
                Role.MEMBER,
                "Delete an agent",
                this::delete)
            .doc(RouteDoc.NONE.query("force", "true: also while something uses it")));
  }

  private void create(Exchange exchange) {
    var in = Fields.of(exchange.body());
    if (!in.has("name")) {
      in.fault("name", "is required");
    }
    if (!in.has("instructions")) {
      in.fault("instructions", "is required");
    }
    var draft = draft(in);
    in.finish();
    var agent = agents.create(exchange.caller(), draft, true);
    exchange.json(200, saved(agent, "Agent created successfully"));
  }

  static AgentDraft draft(Fields in) {
    var name = in.has("name") ? in.requiredText("name", 1, 100) : null;
    return new AgentDraft(
        name,
        in.text("description", 2_000),
        in.text("instructions", Agent.MAX_INSTRUCTIONS),
        in.text("model", 200),
        in.number("temperature", 0, 2),
        in.texts("tools", 128, 100),
        in.object("metadata"));
  }

  private static ObjectNode saved(Agent agent, String message) {
    return Json.object()
        .put("response", "200")
        .put("agent_id", agent.id())
        .put("message", message)
        .put("model", agent.content().model());
  }

  private void update(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var shown = whole(exchange, agents.get(exchange.caller(), exchange.path("agent_id")));
    in.ignore("updated_at", "response", "inherits_from");
    in.unchanged(shown, "agent_id", "is_owner", "is_shared", "created_at", "owner");
    in.notNewer("version", shown.path("version").asInt());
    var draft = draft(in);
    var base = in.text("base_template", 100);
    in.finish();
    if (base != null) {
      agents.keepBase(exchange.caller(), exchange.path("agent_id"), base);
    }
    var agent = agents.update(exchange.caller(), exchange.path("agent_id"), draft);
    exchange.json(200, saved(agent, "Agent updated successfully").put("version", agent.version()));
  }

  private void list(Exchange exchange) {
    var shared = exchange.flag("include_shared", false);
    var scope = shared ? Definitions.Scope.USABLE : Definitions.Scope.MINE;
    var found = agents.list(exchange.caller(), Bodies.listing(exchange, scope, List.of()));
    exchange.json(
        200, Bodies.list("agents", found.page(), found.total(), agent -> shown(exchange, agent)));
  }

  private void show(Exchange exchange) {
    var agent = agents.get(exchange.caller(), exchange.path("agent_id"));
    var answer = Json.object().put("response", "200");
    answer.setAll(whole(exchange, agent));
    exchange.json(200, answer);
  }

  private static ObjectNode whole(Exchange exchange, Agent agent) {
    var shown = shown(exchange, agent);
    shown.put("instructions", agent.content().instructions());
    shown.set("metadata", agent.content().metadata());
    shown.put("base_template", agent.content().base());
    var inherited = shown.putArray("inherits_from");
    agent.content().lineage().forEach(ancestor -> inherited.add(ancestor.id()));
    shown.put("version", agent.version());
    return shown.put("owner", agent.ownerName()).put("updated_at", time(agent.updatedAt()));
  }

  private void versions(Exchange exchange) {
    var id = exchange.path("agent_id");
    var versions = agents.versions(exchange.caller(), id);
    var answer = Bodies.list("versions", versions, versions.size(), AgentRoutes::shown);
    exchange.json(200, answer.put("agent_id", id).put("version", versions.getFirst().number()));
  }

  private static ObjectNode shown(Revision revision) {
    return Json.object()
        .put("number", revision.number())
        .put("created_at", time(revision.createdAt()))
        .put("author", revision.authorName());
  }

  private void delete(Exchange exchange) {
    var id = exchange.path("agent_id");
    agents.delete(exchange.caller(), id, exchange.flag("force", false));
    exchange.json(
        200,
        Json.object()
            .put("response", "200")
            .put("agent_id", id)
            .put("message", "Agent deleted successfully"));
  }

  private static ObjectNode shown(Exchange exchange, Agent agent) {
    var shown = Json.object();
    shown.put("agent_id", agent.id()).put("name", agent.name());
    shown.put("description", agent.content().description());
    shown.put("model", agent.content().model()).put("temperature", agent.content().temperature());
    var tools = shown.putArray("tools");
    agent.content().tools().forEach(tool -> tools.add(tool.name()));
    shown.put("is_owner", agent.ownerId().equals(exchange.caller().userId()));
    shown.put("is_shared", agent.visibility() != Visibility.PRIVATE);
    return shown.put("created_at", time(agent.createdAt()));
  }
}
