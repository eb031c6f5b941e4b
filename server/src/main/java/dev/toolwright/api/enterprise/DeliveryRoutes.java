package dev.toolwright.api.enterprise;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.delivery.Delivery;
import dev.toolwright.delivery.DeliveryLog;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// `/api/deliveries`: what became of the webhooks at jobs' ends.
public final class DeliveryRoutes {
  private static final String STATES =
      Arrays.stream(Delivery.State.values())
          .map(DeliveryRoutes::word)
          .collect(Collectors.joining(", "));

  private final DeliveryLog log;

  public DeliveryRoutes(DeliveryLog log) {
    this.log = log;
  }

  public List<Route> routes() {
    var path = "/api/deliveries";
    var one = path + "/{delivery_id}";
    return List.of(
        Route.of(
                "GET",
                path,
                Shapes.OWN,
                Role.VIEWER,
                "The webhooks at the ends of your jobs, or as an admin of all",
                this::list)
            .doc(
                RouteDoc.NONE
                    .query("status", "one of " + STATES)
                    .query("page", "from 1")
                    .query("limit", "1 to 100, 50 unless told otherwise")),
        Route.of(
                "GET",
                one,
                Shapes.OWN,
                Role.VIEWER,
                "A delivery with its body and every attempt",
                exchange ->
                    exchange.json(
                        200, detailed(log.get(exchange.caller(), exchange.path("delivery_id")))))
            .doc(
                RouteDoc.NONE.description(
                    "Of the address only scheme and host are shown; what the receiver answered is"
                        + " not kept.")),
        Route.of(
                "POST",
                one + "/resend",
                Shapes.OWN,
                Role.MEMBER,
                "Send a message once more",
                this::resend)
            .with(Route.Trait.REPLAYABLE)
            .doc(
                RouteDoc.NONE
                    .description(
                        "At once, under the same Webhook-Id with a fresh timestamp, and with retries"
                            + " for another 24 hours.")
                    .request(Shapes.schema(), Json.object())));
  }

  private void list(Exchange exchange) {
    var limit = Shapes.limit(exchange);
    var found =
        log.list(exchange.caller(), state(exchange), (Shapes.page(exchange) - 1L) * limit, limit);
    exchange.json(
        200,
        Shapes.paged(
            exchange, "deliveries", found.deliveries(), found.total(), DeliveryRoutes::shown));
  }

  private static Delivery.@Nullable State state(Exchange exchange) {
    var text = exchange.query("status");
    if (text == null || text.isEmpty()) {
      return null;
    }
    for (var state : Delivery.State.values()) {
      if (word(state).equals(text)) {
        return state;
      }
    }
    throw Problem.invalid("status must be one of " + STATES);
  }

  private void resend(Exchange exchange) {
    Fields.of(exchange.body()).finish();
    exchange.json(200, detailed(log.resend(exchange.caller(), exchange.path("delivery_id"))));
  }

  private static String word(Delivery.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  private static ObjectNode shown(Delivery delivery) {
    return Json.object()
        .put("delivery_id", delivery.id())
        .put("job_id", Ids.as("job", delivery.runId()))
        .put("status", word(delivery.state()))
        .put("url", delivery.origin())
        .put("signed", delivery.signed())
        .put("attempt_count", delivery.attempts())
        .put("last_status", delivery.lastStatus())
        .put("last_error", delivery.lastError())
        .put("created_at", Shapes.time(delivery.createdAt()))
        .put("next_attempt_at", Shapes.time(delivery.nextAt()));
  }

  private static ObjectNode detailed(Delivery.Detail detail) {
    var shown = shown(detail.delivery());
    shown.set("body", detail.body());
    var attempts = shown.putArray("attempts");
    for (var attempt : detail.attempts()) {
      attempts
          .addObject()
          .put("number", attempt.number())
          .put("at", Shapes.time(attempt.at()))
          .put("duration_ms", attempt.durationMs())
          .put("status", attempt.status())
          .put("error", attempt.error());
    }
    return shown;
  }
}
