package dev.toolwright.api.customtools;

import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.importer.openapi.ImportRequest;
import dev.toolwright.importer.openapi.OpenApiImports;
import dev.toolwright.importer.openapi.Reimports;
import dev.toolwright.importer.openapi.Reimports.Acceptance;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `/api/custom-tools/connectors/import`: connectors, endpoints and tools of an OpenAPI document.
public final class ImportRoutes {
  private static final int MOST_ACCEPTED = 2_000;

  private final OpenApiImports imports;
  private final Reimports reimports;

  public ImportRoutes(OpenApiImports imports, Reimports reimports) {
    this.imports = imports;
    this.reimports = reimports;
  }

  public List<Route> routes() {
    return List.of(
        Route.of(
                "POST",
                "/api/custom-tools/connectors/import",
                Answers.ACCESS,
                Answers.WRITE,
                "Make a connector with endpoints and tools of an OpenAPI document",
                this::create)
            .doc(
                RouteDoc.NONE
                    .description(
                        "The document is OpenAPI 3.0 or 3.1 in JSON or YAML: at url, or in content as"
                            + " text or as the object itself. With preview nothing is stored, and"
                            + " every operation is shown as it would become a tool. operations picks"
                            + " some by id (GET /pets) or operationId.")
                    .request(schema("preview"), example())
                    .status(201)),
        Route.of(
                "POST",
                "/api/custom-tools/connectors/{connector_id}/import",
                Answers.ACCESS,
                Answers.WRITE,
                "What changed in the document of a connector, and accept it",
                this::again)
            .doc(
                RouteDoc.NONE
                    .description(
                        "Shows what was added, changed and removed since the document was accepted,"
                            + " with the tools and agents that it touches. accept applies it: true"
                            + " all that was added or changed; a list of operations just these, of"
                            + " which those that were removed are deleted. Without url and content"
                            + " the document is fetched where it was the last time.")
                    .query("force", "true: deletes removed operations' tools that agents use too")
                    .request(schema("accept"), example().put("accept", false))));
  }

  private static ObjectNode schema(String more) {
    var schema = Json.object().put("type", "object");
    var properties = schema.putObject("properties");
    for (var field : ImportRequest.FIELDS) {
      properties.putObject(field);
    }
    properties.putObject(more);
    return schema.put("additionalProperties", false);
  }

  /// A document small enough to be read here.
  private static ObjectNode example() {
    var example = Json.object().put("name", "petstore");
    var document = example.putObject("content").put("openapi", "3.1.0");
    document.putObject("info").put("title", "Pets").put("version", "1");
    document.putArray("servers").addObject().put("url", "https://pets.example.com/v1");
    var list =
        document
            .putObject("paths")
            .putObject("/pets/{kind}")
            .putObject("get")
            .put("operationId", "listPets")
            .put("summary", "List the pets of a kind");
    list.putArray("parameters")
        .addObject()
        .put("name", "kind")
        .put("in", "path")
        .put("required", true)
        .putObject("schema")
        .put("type", "string");
    list.putObject("responses").putObject("200").put("description", "The pets");
    return example;
  }

  private void create(Exchange exchange) throws InterruptedException {
    var in = Fields.of(exchange.body());
    var request = ImportRequest.read(in);
    if (in.bool("preview", false)) {
      exchange.json(200, ImportView.preview(imports.preview(exchange.caller(), request, in)));
    } else {
      exchange.json(201, ImportView.made(imports.create(exchange.caller(), request, in)));
    }
  }

  private void again(Exchange exchange) throws InterruptedException {
    var in = Fields.of(exchange.body());
    var request = ImportRequest.read(in);
    var accept = in.any("accept");
    var named = named(accept, in);
    var id = exchange.path("connector_id");
    if (accept == null || (accept.isBoolean() && !accept.booleanValue())) {
      exchange.json(200, ImportView.review(reimports.review(exchange.caller(), id, request, in)));
      return;
    }
    var acceptance =
        new Acceptance(accept.isBoolean() ? null : named, exchange.flag("force", false));
    exchange.json(
        200, ImportView.applied(reimports.accept(exchange.caller(), id, request, acceptance, in)));
  }

  private static List<String> named(@Nullable JsonNode accept, Fields in) {
    if (accept == null || accept.isBoolean()) {
      return List.of();
    }
    if (!accept.isArray()) {
      in.fault("accept", "must be true, false or a list of operations");
      return List.of();
    }
    var named = in.texts("accept", MOST_ACCEPTED, 2_000);
    return named == null ? List.of() : named;
  }
}
