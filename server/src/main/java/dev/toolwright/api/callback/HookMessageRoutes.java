package dev.toolwright.api.callback;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.schedule.Hooks;
import java.util.List;

/// Messages that come to hooks.
public final class HookMessageRoutes {
  private static final int MOST = 1 << 20;

  private final Hooks hooks;

  public HookMessageRoutes(Hooks hooks) {
    this.hooks = hooks;
  }

  public List<Route> routes() {
    return List.of(
        Route.of(
                "POST",
                Hooks.PATH + "{hook_address}",
                Access.PUBLIC,
                Role.VIEWER,
                "Send a message to a hook",
                this::receive)
            .doc(
                RouteDoc.NONE
                    .description(
                        "JSON of at most 1 MB, signed. A message that is sent again starts nothing"
                            + " more and is answered with the same job.")
                    .request(Json.object(), Json.object().put("title", "Broken"))
                    .status(202)));
  }

  private void receive(Exchange exchange) {
    var runId =
        hooks.receive(
            exchange.path("hook_address"),
            exchange::header,
            exchange.rawBody(),
            () -> exchange.value(MOST));
    exchange.json(202, Json.object().put("accepted", true).put("job_id", Ids.as("job", runId)));
  }
}
