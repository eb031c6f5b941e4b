package dev.toolwright.api.agents;

import dev.toolwright.account.Role;
import dev.toolwright.agent.AgentSharing;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.List;
import java.util.Objects;

/// `/agents/{agent_id}/share`: who may use an agent besides its owner.
public final class AgentShareRoutes {
  private static final int MOST_USERS = 1_000;

  private final AgentSharing sharing;

  public AgentShareRoutes(AgentSharing sharing) {
    this.sharing = sharing;
  }

  public List<Route> routes() {
    var example = Json.object();
    example.putArray("user_ids").add("user_…");
    example.put("grant_access", true).put("grant_tools", true);
    return List.of(
        Route.of(
                "POST",
                "/agents/{agent_id}/share",
                Access.group("agents"),
                Role.MEMBER,
                "Give or take the use of an agent",
                this::share)
            .doc(
                RouteDoc.NONE
                    .description(
                        "Whoever runs a shared agent does so with their own tools; grant_tools"
                            + " gives them those of the agent that you may share.")
                    .request(Bodies.schema("user_ids", "grant_access", "grant_tools"), example)));
  }

  private void share(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var users = in.texts("user_ids", MOST_USERS, 100);
    if (users == null || users.isEmpty()) {
      in.fault("user_ids", "must name at least one user");
    }
    var give = in.bool("grant_access", true);
    var withTools = in.bool("grant_tools", false);
    if (withTools && !give) {
      in.fault("grant_tools", "goes with grant_access true; revoke a tool at the tool");
    }
    in.finish();
    var ids = Objects.requireNonNullElse(users, List.<String>of());
    var id = exchange.path("agent_id");
    var shared =
        give
            ? sharing.grant(exchange.caller(), id, ids, withTools)
            : sharing.revoke(exchange.caller(), id, ids);
    var answer = Json.object().put("response", "200").put("agent_id", id);
    answer.put(
        "message",
        "Agent access %s %d users".formatted(give ? "granted for" : "revoked for", shared.users()));
    shared.grantedTools().forEach(answer.putArray("granted_tools")::add);
    shared.withheldTools().forEach(answer.putArray("withheld_tools")::add);
    exchange.json(200, answer);
  }
}
