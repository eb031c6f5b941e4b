package dev.toolwright.api.enterprise;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.approval.Approval;
import dev.toolwright.approval.Approvals;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// `/api/approvals`: what waits for a person's decision.
public final class ApprovalRoutes {
  private static final Access ACCESS = Access.group("jobs");

  private final Approvals approvals;

  public ApprovalRoutes(Approvals approvals) {
    this.approvals = approvals;
  }

  public List<Route> routes() {
    var one = "/api/approvals/{approval_id}";
    return List.of(
        Route.of(
            "GET",
            "/api/approvals",
            ACCESS,
            Role.VIEWER,
            "What waits for your decision, and what of your own jobs waits for another's",
            this::list),
        Route.of("GET", one, ACCESS, Role.VIEWER, "Show an approval", this::show),
        Route.of("POST", one, ACCESS, Role.MEMBER, "Approve or reject", this::decide)
            .doc(
                RouteDoc.NONE.request(
                    Shapes.schema("action", "arguments", "comment"),
                    Json.object().put("action", "approve").put("comment", "Go ahead"))));
  }

  private void list(Exchange exchange) {
    var open = approvals.open(exchange.caller());
    exchange.json(200, Shapes.list("approvals", open, open.size(), one -> shown(exchange, one)));
  }

  private void show(Exchange exchange) {
    var one = approvals.get(exchange.caller(), exchange.path("approval_id"));
    var shown = shown(exchange, one);
    approvals.link(exchange.caller(), one).ifPresent(link -> shown.put("link", link.toString()));
    exchange.json(200, shown);
  }

  private void decide(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var verdict = verdict(in);
    in.finish();
    exchange.json(
        200,
        shown(
            exchange, approvals.decide(exchange.caller(), exchange.path("approval_id"), verdict)));
  }

  private static Approvals.Verdict verdict(Fields in) {
    var action = in.choice("action", List.of("approve", "reject"));
    if (!in.has("action")) {
      in.fault("action", "is required: approve or reject");
    }
    return new Approvals.Verdict(
        "approve".equals(action), in.object("arguments"), in.text("comment", 2_000, ""));
  }

  private static ObjectNode shown(Exchange exchange, Approval one) {
    var shown = Json.object().put("approval_id", one.id());
    shown.put("status", status(one)).put("job_id", Ids.as("job", one.runId()));
    shown.setAll((ObjectNode) one.question().deepCopy());
    shown.put("may_decide", one.isOpen() && Approvals.mayDecide(exchange.caller(), one));
    var answer = one.answer();
    if (answer != null) {
      shown.set("decided_by", answer.path("by"));
      shown.set("comment", answer.path("comment"));
    }
    return shown
        .put("created_at", Shapes.time(one.openedAt()))
        .put("expires_at", Shapes.time(one.dueAt()));
  }

  private static String status(Approval one) {
    var answer = one.answer();
    return answer == null
        ? one.isOver() ? "expired" : "pending"
        : answer.path("approved").asBoolean() ? "approved" : "rejected";
  }
}
