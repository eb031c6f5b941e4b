package dev.toolwright.api.customtools;

import dev.toolwright.connection.AuthDraft;
import dev.toolwright.importer.openapi.Differences.Difference;
import dev.toolwright.importer.openapi.Imported;
import dev.toolwright.importer.openapi.OpenApiImports.Made;
import dev.toolwright.importer.openapi.OpenApiImports.Preview;
import dev.toolwright.importer.openapi.OpenApiImports.Result;
import dev.toolwright.importer.openapi.Plan;
import dev.toolwright.importer.openapi.Reimports.Applied;
import dev.toolwright.importer.openapi.Reimports.Change;
import dev.toolwright.importer.openapi.Reimports.Kind;
import dev.toolwright.importer.openapi.Reimports.Review;
import dev.toolwright.json.Json;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Imports as this face spells them.
final class ImportView {
  private ImportView() {}

  static ObjectNode preview(Preview preview) {
    var plan = preview.plan();
    var shown = Json.object();
    shown.set("document", document(plan));
    var connection = shown.putObject("connection");
    connection.put("name", preview.connection()).put("displayName", plan.title());
    connection.put("baseUrl", plan.baseUrl());
    plan.servers().forEach(connection.putArray("servers")::add);
    connection.set("auth", AuthDraft.shown(plan.auth(), Set.of()));
    connection.put("securityScheme", plan.scheme().isEmpty() ? null : plan.scheme());
    shown.set(
        "operations",
        list(
            plan.operations(),
            one -> {
              var told = operation(one).put("toolName", preview.toolNames().get(one.id()));
              told.set("parameters", one.parameters());
              return told;
            }));
    plan.warnings().forEach(shown.putArray("warnings")::add);
    return shown;
  }

  static ObjectNode made(Result result) {
    var count = result.made().size();
    var shown =
        Json.object()
            .put("message", "Imported " + count + (count == 1 ? " operation" : " operations"));
    shown.set("connector", ConnectorBody.shown(result.connection()));
    shown.set("endpoints", list(result.made(), ImportView::endpoint));
    shown.set("tools", list(result.made(), ImportView::tool));
    shown.set("skipped", list(result.skipped(), ImportView::operation));
    result.plan().warnings().forEach(shown.putArray("warnings")::add);
    return shown;
  }

  static ObjectNode review(Review review) {
    var shown = Json.object();
    shown.set("connector", ConnectorBody.shown(review.connection()));
    shown.set("document", document(review.plan()));
    shown.put("documentChanged", review.documentChanged());
    shown.set("connectionChanges", list(review.connectionDifferences(), ImportView::difference));
    shown.set("added", list(review.of(Kind.ADDED), ImportView::change));
    shown.set("changed", list(review.of(Kind.CHANGED), ImportView::change));
    shown.set("removed", list(review.of(Kind.REMOVED), ImportView::change));
    shown.put("unchanged", review.of(Kind.UNCHANGED).size());
    review.of(Kind.NOT_IMPORTED).stream()
        .map(Change::operation)
        .forEach(shown.putArray("notImported")::add);
    review.plan().warnings().forEach(shown.putArray("warnings")::add);
    return shown;
  }

  static ObjectNode applied(Applied applied) {
    var shown = Json.object().put("message", "Accepted");
    shown.set("connector", ConnectorBody.shown(applied.review().connection()));
    shown.set("added", list(applied.added(), ImportView::tool));
    shown.set("changed", list(applied.changed(), ImportView::tool));
    applied.removed().forEach(shown.putArray("removed")::add);
    return shown;
  }

  private static ObjectNode document(Plan plan) {
    return Json.object()
        .put("title", plan.title())
        .put("version", plan.version())
        .put("openapi", plan.openapi())
        .put("hash", "sha256:" + HexFormat.of().formatHex(plan.hash()));
  }

  private static ObjectNode operation(Imported one) {
    var shown =
        Json.object()
            .put("id", one.id())
            .put("operationId", one.operationId().isEmpty() ? null : one.operationId())
            .put("summary", one.title())
            .put("description", one.description())
            .put("deprecated", one.deprecated())
            .put("importable", one.importable());
    one.warnings().forEach(shown.putArray("warnings")::add);
    return shown;
  }

  private static ObjectNode endpoint(Made made) {
    var request = made.endpoint().content().operation();
    return Json.object()
        .put("id", made.endpoint().id())
        .put("name", made.endpoint().name())
        .put("method", request.method())
        .put("path", request.url());
  }

  private static ObjectNode tool(Made made) {
    return Json.object()
        .put("id", made.tool().id())
        .put("name", made.tool().name())
        .put("version", made.tool().version())
        .put("operation", made.operation())
        .put("endpointId", made.endpoint().id());
  }

  private static ObjectNode change(Change change) {
    var now = change.now();
    var shown = now == null ? Json.object().put("id", change.operation()) : operation(now);
    if (!change.reason().isEmpty()) {
      shown.put("reason", change.reason());
    }
    if (change.kind() == Kind.CHANGED) {
      shown.set("changes", list(change.differences(), ImportView::difference));
    }
    var touched = change.touched();
    if (touched != null) {
      shown.putObject("tool").put("id", touched.tool().id()).put("name", touched.tool().name());
      shown.set(
          "usedBy",
          list(
              touched.users(),
              user ->
                  Json.object()
                      .put("id", user.id())
                      .put("kind", user.kind())
                      .put("name", user.name())));
    }
    return shown;
  }

  private static ObjectNode difference(Difference difference) {
    var shown = Json.object().put("path", difference.path());
    shown.set("before", difference.before());
    shown.set("after", difference.after());
    return shown;
  }

  private static <T> ArrayNode list(List<T> items, Function<T, ObjectNode> shown) {
    var list = Json.array();
    items.forEach(item -> list.add(shown.apply(item)));
    return list;
  }
}
