package dev.toolwright.api.callback;

import static dev.toolwright.api.callback.Page.safe;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.approval.Approval;
import dev.toolwright.approval.Approvals;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.List;

/// The page behind the link of an approval. The link itself is the right to decide.
public final class ApprovalPages {
  private static final String SCRIPT =
      """
      const said = document.getElementById('said');
      const buttons = document.querySelectorAll('button');
      async function decide(action) {
        const body = {action, comment: document.getElementById('comment').value};
        const edited = document.getElementById('arguments');
        try {
          if (action === 'approve' && edited && !edited.readOnly && edited.value !== edited.defaultValue) {
            body.arguments = JSON.parse(edited.value);
          }
        } catch (e) { said.textContent = 'The arguments are no JSON.'; return; }
        buttons.forEach(button => button.disabled = true);
        const answer = await fetch(location.href, {method: 'POST', body: JSON.stringify(body),
          headers: {'Content-Type': 'application/json'}});
        const told = await answer.json();
        said.textContent = answer.ok ? (action === 'approve' ? 'Approved.' : 'Rejected.') + ' You can close this page.'
          : [].concat(told.message).join(' ');
        if (!answer.ok && answer.status === 400) buttons.forEach(button => button.disabled = false);
      }
      document.getElementById('approve').onclick = () => decide('approve');
      document.getElementById('reject').onclick = () => decide('reject');
      """;

  private final Approvals approvals;

  public ApprovalPages(Approvals approvals) {
    this.approvals = approvals;
  }

  public List<Route> routes() {
    var path = Approvals.PATH + "{approval_token}";
    return List.of(
        Route.of(
                "GET",
                path,
                Access.PUBLIC,
                Role.VIEWER,
                "The page where whoever has the link decides",
                this::ask)
            .doc(RouteDoc.NONE.type("text/html")),
        Route.of("POST", path, Access.PUBLIC, Role.VIEWER, "Decide by a link", this::decide)
            .doc(
                RouteDoc.NONE
                    .description("The address itself is the credential.")
                    .request(
                        Json.object().put("type", "object"),
                        Json.object().put("action", "approve"))));
  }

  private void ask(Exchange exchange) {
    var found = approvals.behind(exchange.path("approval_token"));
    if (found.isEmpty()) {
      Page.show(exchange, 404, "Nothing to decide", "<p>There is nothing behind this link.</p>");
      return;
    }
    var one = found.get();
    if (!one.isOpen()) {
      var says = one.answer() == null ? "The time to decide is over." : "This was decided already.";
      Page.show(exchange, 200, "Nothing to decide", "<p>" + says + "</p>");
      return;
    }
    Page.show(
        exchange,
        200,
        "Approve " + safe(one.question().path("subject").asString("")) + "?",
        content(one),
        SCRIPT);
  }

  private static String content(Approval one) {
    var question = one.question();
    var message = question.path("message").asString("");
    return """
    <p>%s</p>
    <label for="arguments">It would be called with</label>
    <textarea id="arguments" rows="8" %s spellcheck="false">%s</textarea>
    <label for="comment">Comment</label>
    <input id="comment" maxlength="2000" autocomplete="off">
    <p><button id="approve">Approve</button> <button id="reject" class="no">Reject</button></p>
    <p id="said" role="status"></p>
    """
        .formatted(
            message.isEmpty() ? "A job waits for you to decide." : safe(message),
            question.path("editable").asBoolean() ? "" : "readonly",
            safe(
                Json.MAPPER
                    .writerWithDefaultPrettyPrinter()
                    .writeValueAsString(question.path("arguments"))));
  }

  private void decide(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var action = in.choice("action", List.of("approve", "reject"));
    if (!in.has("action")) {
      in.fault("action", "is required: approve or reject");
    }
    var verdict =
        new Approvals.Verdict(
            "approve".equals(action), in.object("arguments"), in.text("comment", 2_000, ""));
    in.finish();
    approvals.decide(exchange.path("approval_token"), verdict);
    exchange.json(200, Json.object().put("accepted", true));
  }
}
