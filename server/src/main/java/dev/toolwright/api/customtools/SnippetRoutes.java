package dev.toolwright.api.customtools;

import dev.toolwright.account.Caller;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Executions;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.tool.CallContext;
import dev.toolwright.tool.Snippet;
import dev.toolwright.tool.Snippets;
import dev.toolwright.tool.ToolCalls;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/// `/api/custom-tools/code-snippets`: code that tools are made of.
public final class SnippetRoutes {
  private static final String[] SERVER_OWNED = {"id", "createdBy", "createdAt"};

  private final Snippets snippets;
  private final ToolCalls calls;

  public SnippetRoutes(Snippets snippets, ToolCalls calls) {
    this.snippets = snippets;
    this.calls = calls;
  }

  public List<Route> routes() {
    var all = "/api/custom-tools/code-snippets";
    var one = all + "/{snippet_id}";
    var body = RouteDoc.NONE.request(Answers.schema(SnippetBody.FIELDS), SnippetBody.example());
    return List.of(
        Route.of("POST", all, Answers.ACCESS, Answers.WRITE, "Register a snippet", this::create)
            .doc(body.status(201)),
        Route.of("GET", all, Answers.ACCESS, Answers.READ, "List snippets", this::list),
        Route.of("GET", one, Answers.ACCESS, Answers.READ, "Show a snippet", this::show),
        Route.of("PUT", one, Answers.ACCESS, Answers.WRITE, "Change a snippet", this::update)
            .doc(body),
        Route.of("DELETE", one, Answers.ACCESS, Answers.WRITE, "Delete a snippet", this::delete)
            .doc(RouteDoc.NONE.query("force", "true: also when tools use it, which then fail")),
        Route.of(
                "POST",
                one + "/execute",
                Answers.ACCESS,
                Answers.WRITE,
                "Run a snippet once",
                this::execute)
            .doc(
                RouteDoc.NONE.request(
                    Answers.schema("parameters", "params", "context"),
                    Json.object()
                        .set(
                            "parameters",
                            Json.object().put("revenue", 10_000).put("cost", 7_000)))));
  }

  private void create(Exchange exchange) throws InterruptedException {
    var in = Fields.of(exchange.body());
    var name = Answers.name(in, true);
    var content = SnippetBody.content(in, null);
    var shared = in.bool("isShared", false);
    var made = snippets.create(exchange.caller(), name == null ? "" : name, content, shared, in);
    exchange.json(
        201, Answers.one("Code snippet registered successfully", "snippet", shown(exchange, made)));
  }

  private void list(Exchange exchange) {
    var found = snippets.list(exchange.caller(), Answers.listing(exchange));
    exchange.json(
        200,
        Answers.list("snippets", found.page(), found.total(), snippet -> shown(exchange, snippet)));
  }

  private void show(Exchange exchange) {
    exchange.json(200, Answers.one("snippet", shown(exchange, found(exchange))));
  }

  private void update(Exchange exchange) throws InterruptedException {
    var old = found(exchange);
    var in = Fields.of(exchange.body());
    in.ignore("version", "updatedAt");
    in.unchanged(shown(exchange, old), SERVER_OWNED);
    Answers.keepName(in, old.name());
    var content = SnippetBody.content(in, old.content());
    var shared = in.bool("isShared", old.visibility() != Visibility.PRIVATE);
    var saved = snippets.update(exchange.caller(), old.id(), content, shared, in);
    exchange.json(
        200, Answers.one("Code snippet updated successfully", "snippet", shown(exchange, saved)));
  }

  private void delete(Exchange exchange) {
    snippets.delete(exchange.caller(), exchange.path("snippet_id"), exchange.flag("force", false));
    exchange.json(200, Json.object().put("message", "Code snippet deleted successfully"));
  }

  private void execute(Exchange exchange) throws InterruptedException {
    var in = Fields.of(exchange.body());
    var parameters = in.object(in.has("params") ? "params" : "parameters");
    in.ignore("parameters", "params");
    var context = in.object("context");
    in.finish();
    var tool = snippets.callable(exchange.caller(), exchange.path("snippet_id")).asTool();
    Executions.executed(
        exchange,
        "Code executed successfully",
        calls.call(
            exchange.caller(),
            tool,
            Objects.requireNonNullElseGet(parameters, Json::object),
            CallContext.direct(
                "execute",
                exchange.caller(),
                tool,
                Objects.requireNonNullElseGet(context, Json::object),
                PricedAction.TOOL_CALL,
                exchange.header("Idempotency-Key"))));
  }

  private Snippet found(Exchange exchange) {
    return snippets.get(exchange.caller(), exchange.path("snippet_id"));
  }

  private static ObjectNode shown(Exchange exchange, Snippet snippet) {
    return SnippetBody.shown(snippet, mayEdit(exchange.caller(), snippet));
  }

  private static boolean mayEdit(Caller caller, Snippet snippet) {
    return Definitions.mayEdit(caller, snippet.workspaceId(), snippet.ownerId());
  }
}
