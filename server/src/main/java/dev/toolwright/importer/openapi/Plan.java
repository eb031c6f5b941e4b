package dev.toolwright.importer.openapi;

import dev.toolwright.connection.Auth;
import dev.toolwright.importer.openapi.Document.Source;
import dev.toolwright.json.Schemas;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What a document would become.
///
/// @param openapi version of the specification
/// @param hash of the document, whatever it was written in
/// @param baseUrl of the connection; null: the document names none that can be used
/// @param servers every base that the document names
/// @param scheme name of the security scheme that `auth` was made of; empty: there is none
/// @param warnings what concerns all of it
public record Plan(
    String openapi,
    String title,
    String version,
    String description,
    byte[] hash,
    @Nullable String baseUrl,
    List<String> servers,
    Auth auth,
    String scheme,
    List<Imported> operations,
    List<String> warnings) {
  private static final int LONGEST_DESCRIPTION = 2_000;

  /// @param address where it was fetched; null: it was sent
  static Plan of(
      ObjectNode tree,
      @Nullable URI address,
      @Nullable String baseUrl,
      boolean responseSchemas,
      Schemas schemas)
      throws Unfit {
    var document = Document.of(tree, address);
    var sources = document.operations();
    var servers = new Servers(document, baseUrl);
    var security = Security.of(document, sources);
    var warnings = new LinkedHashSet<String>();
    warnings.addAll(security.notes());
    warnings.addAll(servers.notes());
    warnings.addAll(document.notes());
    warnings.addAll(Structure.faults(tree));
    var info = tree.path("info");
    return new Plan(
        document.version(),
        SchemaMapper.text(info.path("title").asString(""), 100),
        SchemaMapper.text(info.path("version").asString(""), 100),
        SchemaMapper.text(info.path("description").asString(""), LONGEST_DESCRIPTION),
        Imported.hash(tree),
        servers.base(),
        servers.offered(),
        security.auth(),
        security.scheme(),
        mapped(sources, new OperationMapper(document, schemas, servers, security, responseSchemas)),
        List.copyOf(warnings));
  }

  private static List<Imported> mapped(List<Source> sources, OperationMapper mapper) {
    var mapped = new ArrayList<Imported>();
    for (var source : sources) {
      mapped.add(mapper.mapped(source));
    }
    return mapped;
  }
}
