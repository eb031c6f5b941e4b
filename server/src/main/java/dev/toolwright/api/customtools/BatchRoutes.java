package dev.toolwright.api.customtools;

import dev.toolwright.agent.EndWebhook;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.run.Priority;
import dev.toolwright.run.Run;
import dev.toolwright.tool.Tools;
import dev.toolwright.workflow.Batches;
import dev.toolwright.workflow.WorkflowRuns;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `/api/custom-tools/batch`: one tool for many items.
public final class BatchRoutes {
  private final Tools tools;
  private final Batches batches;
  private final WorkflowRuns runs;

  public BatchRoutes(Tools tools, Batches batches, WorkflowRuns runs) {
    this.tools = tools;
    this.batches = batches;
    this.runs = runs;
  }

  public List<Route> routes() {
    var all = "/api/custom-tools/batch";
    var one = all + "/{batch_id}";
    var example = Json.object().put("toolId", "tool_…").put("concurrency", 4);
    var items = example.putArray("items");
    items.addObject().put("revenue", 10).put("cost", 7);
    items.addObject().put("revenue", 20).put("cost", 9);
    return List.of(
        Route.of(
                "POST",
                all,
                Answers.ACCESS,
                Answers.WRITE,
                "Call a tool for each of many items, as a job",
                this::start)
            .doc(
                RouteDoc.NONE
                    .request(
                        Answers.schema(
                            "toolId",
                            "items",
                            "parameters",
                            "concurrency",
                            "onError",
                            "timeout",
                            "priority",
                            "webhook_url",
                            "webhook_secret"),
                        example)
                    .status(202)),
        Route.of(
                "GET",
                one,
                Answers.ACCESS,
                Answers.READ,
                "How a batch stands, and what came of its items",
                this::show)
            .doc(RouteDoc.NONE.query("page", "from 1").query("limit", "1 to 100, else 50")),
        Route.of(
                "POST",
                one + "/resume",
                Answers.ACCESS,
                Answers.WRITE,
                "Do what has failed again, and what was never begun",
                this::resume)
            .with(Route.Trait.REPLAYABLE));
  }

  private void start(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var toolId = in.requiredText("toolId", 1, 100);
    var items = in.any("items");
    if (!(items instanceof ArrayNode list) || list.isEmpty() || list.size() > Batches.MOST_ITEMS) {
      in.fault("items", "must be a list of 1 to " + Batches.MOST_ITEMS + " items");
    } else if (!in.has("parameters")) {
      for (var index = 0; index < list.size(); index++) {
        if (!list.get(index).isObject()) {
          in.fault(
              "items[" + index + "]",
              "must be an object, unless parameters say what of it goes where");
          break;
        }
      }
    }
    var parameters = in.object("parameters");
    var concurrency = in.integer("concurrency", 1, Batches.MOST_AT_ONCE, 4);
    var stops = "fail".equals(in.choice("onError", List.of("continue", "fail")));
    var millis = in.integer("timeout", 1_000, Integer.MAX_VALUE);
    var webhook = EndWebhook.read(in);
    var priority = Priority.read(in);
    in.finish();
    var tool = tools.callable(exchange.caller(), toolId);
    var id =
        batches.start(
            exchange.caller(),
            tool,
            new Batches.Order(
                (ArrayNode) exchange.body().get("items"),
                parameters,
                concurrency,
                stops,
                millis == null ? null : Duration.ofMillis(millis),
                webhook,
                priority),
            (tx, runId) -> exchange.idempotent(tx, 202, started(runId)));
    exchange.json(202, started(id));
  }

  private static ObjectNode started(String runId) {
    var batch =
        Json.object()
            .put("id", runId)
            .put("jobId", Ids.as("job", runId))
            .put("statusUrl", "/api/custom-tools/batch/" + runId);
    return Answers.one("Batch started successfully", "batch", batch);
  }

  private void show(Exchange exchange) {
    exchange.json(200, shown(exchange, batches.get(exchange.caller(), exchange.path("batch_id"))));
  }

  private ObjectNode shown(Exchange exchange, Run run) {
    var limit = exchange.intQuery("limit", 50, 1, 100);
    var page = exchange.intQuery("page", 1, 1, 1_000_000);
    var standing = batches.standing(run, (page - 1) * limit, limit);
    var batch = Json.object().put("id", run.id()).put("jobId", Ids.as("job", run.id()));
    batch.put("tool", standing.toolName()).put("status", standing.status());
    batch.put("total", standing.total()).put("completed", standing.completed());
    batch.put("failed", standing.failed());
    batch.put("pending", standing.total() - standing.completed() - standing.failed());
    batch.put("error", standing.error());
    var items = batch.putArray("items");
    for (var item : standing.items()) {
      var shown = items.addObject().put("index", item.index()).put("status", item.status());
      if (item.result() != null) {
        shown.set("result", item.result());
      }
      if (item.error() != null) {
        shown.put("error", item.error()).put("errorType", item.errorType());
      }
    }
    batch.put("createdAt", Answers.time(run.createdAt()));
    return Json.object().set("batch", batch.put("completedAt", Answers.time(run.endedAt())));
  }

  private void resume(Exchange exchange) {
    var run = batches.get(exchange.caller(), exchange.path("batch_id"));
    runs.retry(
        exchange.caller(), run, (tx, now) -> exchange.idempotent(tx, 200, started(now.id())));
    exchange.json(200, started(run.id()));
  }
}
