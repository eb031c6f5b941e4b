package dev.toolwright.importer.openapi;

import dev.toolwright.json.Json;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/// What a library that knows the specification says of a document. It judges a bounded tree,
/// written as JSON, and resolves nothing: no reference is followed by it, so it opens no file and
/// no connection.
final class Structure {
  private static final int MOST = 20;

  private Structure() {}

  static List<String> faults(ObjectNode document) {
    var options = new ParseOptions();
    options.setResolve(false);
    options.setResolveFully(false);
    options.setResolveCombinators(false);
    List<String> found;
    try {
      found = new OpenAPIV3Parser().readContents(Json.write(document), null, options).getMessages();
    } catch (RuntimeException | StackOverflowError _) {
      return List.of("The document could not be checked against the specification");
    }
    return Objects.requireNonNullElse(found, List.<String>of()).stream()
        // A message of more than a line is an exception's.
        .filter(message -> message != null && message.indexOf('\n') < 0)
        .distinct()
        .limit(MOST)
        .map(message -> SchemaMapper.text("The document is not quite valid: " + message, 300))
        .toList();
  }
}
