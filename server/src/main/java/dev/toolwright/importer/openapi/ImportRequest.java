package dev.toolwright.importer.openapi;

import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.json.Fields;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A document that somebody wants imported, and how.
///
/// @param url where to fetch it; null: it is in `content`
/// @param content its text, or the document itself where that is JSON
/// @param format `json` or `yaml`; null: its beginning tells
/// @param name of the connection; null: made of the document's title
/// @param operations ids such as `GET /pets`, or operationIds; null: all
/// @param baseUrl instead of the servers that the document names
/// @param responseSchemas whether answers must fit what the document promises
public record ImportRequest(
    @Nullable String url,
    @Nullable JsonNode content,
    @Nullable String format,
    @Nullable String name,
    @Nullable List<String> operations,
    @Nullable String baseUrl,
    @Nullable Boolean responseSchemas) {
  public static final List<String> FIELDS =
      List.of(
          "url",
          "content",
          "format",
          "name",
          "operations",
          "base_url",
          "baseUrl",
          "response_schemas",
          "responseSchemas");

  private static final int MOST_PICKED = 2_000;

  /// Reads the fields of [#FIELDS].
  public static ImportRequest read(Fields in) {
    var format = in.choice("format", List.of("openapi", "json", "yaml"));
    var content = in.any("content");
    if (content != null && !content.isString() && !content.isObject()) {
      in.fault("content", "must be the document's text, or the document itself");
    }
    var url = in.text("url", 2_000);
    if (url != null && content != null) {
      in.fault("content", "goes not together with url");
    }
    var base = in.text("base_url", 2_000);
    var camelBase = in.text("baseUrl", 2_000);
    var chosen = base == null ? camelBase : base;
    var parsed = chosen == null ? null : UrlTemplate.parse(chosen);
    if (parsed != null && parsed.template() == null) {
      in.fault(base == null ? "baseUrl" : "base_url", parsed.fault());
    }
    var schemas = in.bool("response_schemas");
    var camelSchemas = in.bool("responseSchemas");
    return new ImportRequest(
        url,
        content,
        "openapi".equals(format) ? null : format,
        in.pattern(
            "name",
            "[a-zA-Z][a-zA-Z0-9_-]{0,63}",
            "must start with a letter, followed by at most 63 letters, digits, _ or -"),
        in.texts("operations", MOST_PICKED, 2_000),
        chosen,
        schemas == null ? camelSchemas : schemas);
  }
}
