package dev.toolwright.api.catalog;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.agent.Agent;
import dev.toolwright.agent.AgentDraft;
import dev.toolwright.agent.Agents;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.catalog.Catalog;
import dev.toolwright.catalog.Status;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listing;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// `/agents` as this face has it: agents made of tools' ids.
public final class CatalogAgentRoutes {
  private final Agents agents;
  private final Catalog catalog;

  public CatalogAgentRoutes(Agents agents, Catalog catalog) {
    this.agents = agents;
    this.catalog = catalog;
  }

  public List<Route> routes() {
    var body = Json.object().put("type", "object");
    var example = Json.object().put("name", "Desk").put("instructions", "Help.");
    example.putArray("toolIds");
    return List.of(
        Route.of(
                "POST",
                "/agents",
                CatalogRoutes.ACCESS,
                Role.MEMBER,
                "Create an agent from tools' ids",
                this::create)
            .doc(RouteDoc.NONE.request(body, example).status(201)),
        Route.of(
            "GET", "/agents", CatalogRoutes.ACCESS, Role.VIEWER, "List your agents", this::list));
  }

  private void create(Exchange exchange) {
    var in = new CatalogFields(exchange.body(), true);
    var name = in.text("name", 1, 100, true);
    var instructions = in.text("instructions", 0, Agent.MAX_INSTRUCTIONS, false);
    var instructionId = in.text("instructionId", 1, 200, false);
    var model = in.text("model", 1, 200, false);
    var description = in.text("description", 0, 4_000, false);
    var tools = tools(in, exchange.caller());
    if (instructions == null && instructionId == null) {
      in.fault("instructions must be a string");
    }
    in.finish();
    var metadata = Json.object();
    if (instructionId != null) {
      metadata.put("instruction_id", instructionId);
    }
    var made =
        agents.create(
            exchange.caller(),
            new AgentDraft(name, description, instructions, model, null, tools, metadata),
            true);
    exchange.json(201, shown(made));
  }

  private List<String> tools(CatalogFields in, Caller caller) {
    var ids = new ArrayList<String>();
    var said = in.value("toolIds");
    if (said == null) {
      return ids;
    }
    if (!said.isArray()) {
      in.fault("toolIds must be an array");
      return ids;
    }
    for (var id : said) {
      try {
        var tool = catalog.get(caller, id.asString(""));
        if (tool.service() != null && tool.service().status() == Status.INACTIVE) {
          in.fault("Tool with ID " + id.asString("") + " is inactive");
        }
        ids.add(tool.tool().id());
      } catch (Problem e) {
        in.fault(String.valueOf(e.getMessage()));
      }
    }
    return ids;
  }

  private void list(Exchange exchange) {
    var page = ToolQuery.page(exchange);
    var limit = ToolQuery.limit(exchange);
    var found =
        agents.list(
            exchange.caller(),
            new Listing(Definitions.Scope.USABLE, List.of(), limit, (page - 1L) * limit));
    var answer = Json.object();
    var data = answer.putArray("data");
    found.page().forEach(agent -> data.add(shown(agent)));
    answer
        .putObject("pagination")
        .put("total", found.total())
        .put("page", page)
        .put("limit", limit)
        .put("totalPages", (found.total() + limit - 1) / limit);
    exchange.json(200, answer);
  }

  private static ObjectNode shown(Agent agent) {
    var shown =
        Json.object()
            .put("_id", ToolBody.id(agent.id()))
            .put("id", agent.id())
            .put("agent_id", agent.id())
            .put("name", agent.name());
    var tools = shown.putArray("toolIds");
    agent.content().tools().forEach(tool -> tools.add(ToolBody.id(tool.id())));
    shown.set("instructionId", agent.content().metadata().get("instruction_id"));
    return shown.put("status", "active").put("createdAt", ToolBody.time(agent.createdAt()));
  }
}
