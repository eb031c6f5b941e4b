package dev.toolwright.api.agents;

import dev.toolwright.account.Role;
import dev.toolwright.agent.Agent;
import dev.toolwright.agent.AgentPack;
import dev.toolwright.agent.AgentTemplate;
import dev.toolwright.agent.CustomAgents;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `/agents/templates`, `/agents/custom/create` and `/agents/packs`: agents made from what is
/// there.
public final class CustomAgentRoutes {
  private static final Access ACCESS = Access.group("agents");

  private final CustomAgents agents;

  public CustomAgentRoutes(CustomAgents agents) {
    this.agents = agents;
  }

  public List<Route> routes() {
    return List.of(
        Route.of(
            "GET",
            "/agents/templates",
            ACCESS,
            Role.VIEWER,
            "The roles that agents can be made from",
            this::templates),
        Route.of(
                "POST",
                "/agents/custom/create",
                ACCESS,
                Role.MEMBER,
                "Create an agent from a template or from one of yours (2 credits)",
                this::create)
            .doc(
                RouteDoc.NONE
                    .description(
                        "What is left out comes from base_template; instructions are appended to"
                            + " its, tools replace them. Tools you may not use are left out.")
                    .request(
                        Bodies.schema(
                            "name",
                            "description",
                            "instructions",
                            "tools",
                            "model",
                            "temperature",
                            "metadata",
                            "base_template"),
                        Json.object()
                            .put("name", "Subscription Analyst")
                            .put("base_template", "financial_analyst")
                            .put("instructions", "Look at churn before anything else."))),
        Route.of(
            "GET",
            "/agents/packs",
            ACCESS,
            Role.VIEWER,
            "Agents for an industry, to be made together",
            this::packs),
        Route.of(
            "POST",
            "/agents/packs/{pack_id}/install",
            ACCESS,
            Role.MEMBER,
            "Create every agent of a pack (2 credits each)",
            this::install));
  }

  private void templates(Exchange exchange) {
    var templates = agents.library().templates();
    exchange.json(
        200, Bodies.list("templates", templates, templates.size(), CustomAgentRoutes::shown));
  }

  private static ObjectNode shown(AgentTemplate template) {
    var shown = Json.object();
    shown.put("id", template.id()).put("name", template.name()).put("role", template.role());
    shown.put("description", template.description());
    template.defaultTools().forEach(shown.putArray("default_tools")::add);
    return shown.put("model", template.model()).put("temperature", template.temperature());
  }

  private void create(Exchange exchange) {
    var in = Fields.of(exchange.body());
    if (!in.has("name")) {
      in.fault("name", "is required");
    }
    var base = in.text("base_template", 100);
    if (base == null && !in.has("instructions")) {
      in.fault("instructions", "is required without base_template");
    }
    var draft = AgentRoutes.draft(in);
    in.finish();
    var made = agents.create(exchange.caller(), draft, base);
    var answer = Json.object().put("response", "200");
    answer.setAll(shown(made));
    exchange.json(
        200,
        answer.put("message", message("Custom agent created successfully", made.skippedTools())));
  }

  private static ObjectNode shown(CustomAgents.Made made) {
    var content = made.agent().content();
    var shown = Json.object().put("agent_id", made.agent().id()).put("name", made.agent().name());
    shown.put("model", content.model()).put("base_template", content.base());
    content.tools().stream().map(Agent.ToolRef::name).forEach(shown.putArray("tools")::add);
    made.skippedTools().forEach(shown.putArray("skipped_tools")::add);
    return shown;
  }

  private static String message(String done, List<String> skipped) {
    return skipped.isEmpty()
        ? done
        : "%s; left out, because you have no access to them: %s"
            .formatted(done, String.join(", ", skipped));
  }

  private void packs(Exchange exchange) {
    var packs = agents.library().packs();
    exchange.json(200, Bodies.list("packs", packs, packs.size(), CustomAgentRoutes::shown));
  }

  private static ObjectNode shown(AgentPack pack) {
    var shown = Json.object().put("id", pack.id()).put("name", pack.name());
    shown.put("description", pack.description());
    var list = shown.putArray("agents");
    for (var member : pack.agents()) {
      var one = list.addObject().put("name", member.name());
      one.put("description", member.description()).put("base_template", member.baseTemplate());
      member.tools().forEach(one.putArray("tools")::add);
    }
    return shown;
  }

  private void install(Exchange exchange) {
    var in = Fields.of(exchange.body());
    in.finish();
    var id = exchange.path("pack_id");
    var made = agents.install(exchange.caller(), id);
    var skipped =
        made.stream().flatMap(one -> one.skippedTools().stream()).distinct().sorted().toList();
    var answer = Bodies.list("agents", made, made.size(), CustomAgentRoutes::shown);
    ArrayNode list = answer.putArray("skipped_tools");
    skipped.forEach(list::add);
    answer.put("pack", id);
    exchange.json(
        200, answer.put("message", message("Created %d agents".formatted(made.size()), skipped)));
  }
}
