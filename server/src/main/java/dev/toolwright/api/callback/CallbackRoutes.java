package dev.toolwright.api.callback;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Json;
import dev.toolwright.run.Callbacks;
import java.util.List;

/// `/callbacks/{token}`: the receiver of a webhook answers, by the one-time address it was given.
public final class CallbackRoutes {
  private static final int MOST = 1 << 20;

  private final Callbacks callbacks;

  public CallbackRoutes(Callbacks callbacks) {
    this.callbacks = callbacks;
  }

  public List<Route> routes() {
    return List.of(
        Route.of(
                "POST",
                Callbacks.PATH + "{token}",
                Access.PUBLIC,
                Role.VIEWER,
                "Answer a tool that waits for it",
                this::answer)
            .doc(
                RouteDoc.NONE
                    .description(
                        "The address itself is the credential. Any JSON of at most 1 MB is the"
                            + " tool's result; the same answer again is 200, another is 409, a late"
                            + " one 410.")
                    .request(Json.object(), Json.object().put("approved", true))));
  }

  private void answer(Exchange exchange) {
    callbacks.answer(exchange.path("token"), () -> exchange.value(MOST));
    exchange.json(200, Json.object().put("accepted", true));
  }
}
