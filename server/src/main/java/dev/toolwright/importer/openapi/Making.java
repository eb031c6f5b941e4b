package dev.toolwright.importer.openapi;

import dev.toolwright.account.Caller;
import dev.toolwright.connection.Connection;
import dev.toolwright.connection.Endpoint;
import dev.toolwright.connection.Endpoints;
import dev.toolwright.database.Tx;
import dev.toolwright.importer.openapi.ImportStore.Row;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.ImportedTools;
import dev.toolwright.tool.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Makes endpoints and tools of operations, and changes them.
final class Making {
  private final Endpoints endpoints;
  private final ImportedTools tools;
  private final ImportStore store;

  Making(Endpoints endpoints, ImportedTools tools, ImportStore store) {
    this.endpoints = endpoints;
    this.tools = tools;
    this.store = store;
  }

  /// What an operation became.
  record Made(String operation, Endpoint endpoint, Tool tool) {}

  /// @param names of the tools, by operation
  List<Made> make(
      Tx tx,
      Caller caller,
      Connection connection,
      List<Imported> operations,
      Map<String, String> names) {
    var made = new ArrayList<Made>();
    var rows = new ArrayList<Row>();
    for (var one : operations) {
      var name = names.getOrDefault(one.id(), "");
      var content = content(connection, one, null);
      check(content, connection);
      var endpoint = endpoints.create(tx, caller, connection, new Endpoint.Draft(name, content));
      var tool = tools.create(tx, caller, draft(name, category(connection), one, endpoint));
      made.add(new Made(one.id(), endpoint, tool));
      rows.add(row(one, endpoint.id(), tool.id()));
    }
    store.put(tx, connection.workspaceId(), connection.id(), rows);
    return made;
  }

  /// What people changed of a tool's texts stays; its arguments follow the document.
  Made change(Tx tx, Caller caller, Connection connection, Imported now, Row before) {
    var old =
        endpoints
            .find(tx, caller, Objects.requireNonNull(before.endpointId()))
            .orElseThrow(() -> new IllegalStateException("an endpoint went while it was locked"));
    var content = content(connection, now, old.content().timeoutMs());
    check(content, connection);
    var endpoint = endpoints.update(tx, caller, old.id(), new Endpoint.Draft(old.name(), content));
    var pinned = Objects.requireNonNull(before.definition());
    var draft = draft(old.name(), category(connection), now, endpoint);
    var tool =
        tools
            .touched(tx, caller, Objects.requireNonNull(before.toolId()))
            .orElseThrow(() -> new IllegalStateException("a tool went while it was locked"))
            .tool();
    var saved = tools.update(tx, caller, tool.id(), kept(draft, tool, pinned));
    store.put(
        tx,
        connection.workspaceId(),
        connection.id(),
        List.of(row(now, endpoint.id(), saved.id())));
    return new Made(now.id(), endpoint, saved);
  }

  private static ImportedTools.Draft kept(ImportedTools.Draft draft, Tool tool, JsonNode pinned) {
    var title = Objects.requireNonNullElse(tool.content().title(), "");
    var description = tool.content().description();
    return new ImportedTools.Draft(
        draft.name(),
        title.equals(pinned.path("title").asString("")) ? draft.title() : title,
        description.equals(pinned.path("description").asString(""))
            ? draft.description()
            : description,
        draft.category(),
        draft.config(),
        draft.parameters(),
        null);
  }

  private void check(Endpoint.Content content, Connection connection) {
    var in = Fields.of(Json.object());
    endpoints.check(content, connection, in);
    in.finish();
  }

  private static Endpoint.Content content(
      Connection connection, Imported one, @Nullable Integer timeoutMs) {
    return new Endpoint.Content(
        connection.id(),
        one.title(),
        one.description(),
        Objects.requireNonNull(one.request()),
        one.parameters(),
        one.response(),
        timeoutMs,
        one.declared());
  }

  private static ImportedTools.Draft draft(
      String name, String category, Imported one, Endpoint endpoint) {
    return new ImportedTools.Draft(
        name,
        one.title(),
        one.description(),
        category,
        new Config.Endpoint(endpoint.id(), one.method()),
        one.parameters(),
        null);
  }

  private static String category(Connection connection) {
    return connection.name().toLowerCase(Locale.ROOT);
  }

  static Row row(Imported one, String endpointId, String toolId) {
    var definition = one.definition();
    return new Row(one.id(), Imported.hash(definition), definition, endpointId, toolId);
  }

  static Row seen(Imported one) {
    return new Row(one.id(), Imported.hash(one.definition()), null, null, null);
  }
}
