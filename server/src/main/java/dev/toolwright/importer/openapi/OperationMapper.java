package dev.toolwright.importer.openapi;

import dev.toolwright.connection.Operation;
import dev.toolwright.connection.OperationCheck;
import dev.toolwright.http.Problem;
import dev.toolwright.importer.openapi.Document.Source;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.json.Schemas;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Makes what can be imported of the operations of a document.
final class OperationMapper {
  /// How deep references may lie, tried in turn until the schema is of a size that a model can
  /// bear.
  private static final int[] LEVELS = {8, 5, 3, 2, 1, 0};

  private static final int MOST_VALUES = 1_000;
  private static final int LEAST_VALUES = 50;
  private static final int MOST_VALUES_IN_ALL = 200_000;
  private static final int LONGEST_SCHEMA = 100_000;
  private static final int LONGEST_DESCRIPTION = 1_000;
  private static final int LONGEST_TITLE = 100;

  private final Document document;
  private final Schemas schemas;
  private final Servers servers;
  private final Security security;
  private final boolean responseSchemas;
  private int left = MOST_VALUES_IN_ALL;

  OperationMapper(
      Document document,
      Schemas schemas,
      Servers servers,
      Security security,
      boolean responseSchemas) {
    this.document = document;
    this.schemas = schemas;
    this.servers = servers;
    this.security = security;
    this.responseSchemas = responseSchemas;
  }

  Imported mapped(Source source) {
    var warnings = new LinkedHashSet<String>();
    try {
      var url = servers.address(source, warnings);
      warnings.addAll(security.warnings(source));
      for (var level : LEVELS) {
        var found = attempt(source, url, level, warnings);
        if (found != null) {
          return found;
        }
      }
      throw new Unfit("Its parameters are larger than a model could read");
    } catch (Unfit e) {
      var why = new ArrayList<String>();
      why.add(sentence(e.why()));
      why.addAll(warnings);
      return of(source, null, Json.object().put("type", "object"), null, Json.object(), why);
    }
  }

  /// Null when it becomes too large.
  private @Nullable Imported attempt(Source source, String url, int level, Set<String> before)
      throws Unfit {
    var budget = Math.max(LEAST_VALUES, Math.min(MOST_VALUES, left));
    var mapper = new SchemaMapper(document, level, budget);
    var warnings = new LinkedHashSet<>(before);
    try {
      var request = new RequestMapper(document, mapper, security, source, url, warnings);
      var operation = request.operation();
      var parameters = request.arguments().schema();
      check(operation);
      if (Json.write(parameters).length() > LONGEST_SCHEMA) {
        return null;
      }
      var faults = schemas.faultsOf(parameters);
      if (!faults.isEmpty()) {
        throw new Unfit("Its parameters make no valid schema: " + faults.getFirst());
      }
      var response = responseSchemas ? response(source, mapper, warnings) : null;
      warnings.addAll(mapper.warnings());
      left -= budget - mapper.left();
      return of(
          source,
          operation,
          parameters,
          response,
          request.arguments().declared(),
          List.copyOf(warnings));
    } catch (SchemaMapper.TooLarge _) {
      return null;
    }
  }

  /// What no request can be is told before anybody picks it.
  private void check(Operation operation) throws Unfit {
    var in = Fields.of(Json.object());
    OperationCheck.check(
        operation, Objects.requireNonNullElse(servers.base(), "http://localhost"), in, "");
    try {
      in.finish();
    } catch (Problem problem) {
      throw new Unfit("Cannot be requested: " + String.join("; ", problem.messages()));
    }
  }

  /// What the first successful answer in JSON promises.
  private @Nullable ObjectNode response(Source source, SchemaMapper mapper, Set<String> warnings)
      throws Unfit {
    for (var answer : source.operation().path("responses").properties()) {
      if (answer.getKey().matches("2(\\d\\d|XX)")) {
        var content = document.object(answer.getValue()).path("content");
        for (var type : content.properties()) {
          if (BodyMapper.isJson(type.getKey())) {
            var schema = mapper.mapped(type.getValue().path("schema"));
            SchemaMapper.direct(schema, "writeOnly");
            if (schemas.faultsOf(schema).isEmpty()) {
              return schema;
            }
            warnings.add("Answers are not checked: what is promised of them is no object");
            return null;
          }
        }
      }
    }
    return null;
  }

  private static Imported of(
      Source source,
      @Nullable Operation request,
      ObjectNode parameters,
      @Nullable ObjectNode response,
      ObjectNode declared,
      List<String> warnings) {
    var summary = source.text("summary").strip().replaceAll("\\s+", " ");
    var title = summary.isEmpty() ? source.id() : summary;
    return new Imported(
        source.id(),
        source.method(),
        source.path(),
        source.text("operationId"),
        SchemaMapper.text(title, LONGEST_TITLE),
        description(source, summary),
        source.isDeprecated(),
        request,
        parameters,
        response,
        declared,
        warnings);
  }

  private static String description(Source source, String summary) {
    var more = source.text("description").strip();
    var text =
        summary.isEmpty() || more.startsWith(summary)
            ? more
            : more.isEmpty() ? summary : summary + "\n\n" + more;
    return SchemaMapper.text(
        (source.isDeprecated() ? "Deprecated. " : "") + (text.isEmpty() ? source.id() : text),
        LONGEST_DESCRIPTION);
  }

  /// What is wrong with a document or operation begins small, since it may follow a name.
  static String sentence(String why) {
    return Character.isUpperCase(why.charAt(0)) ? why : "It " + why;
  }
}
