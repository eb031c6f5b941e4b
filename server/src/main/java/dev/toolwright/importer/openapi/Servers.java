package dev.toolwright.importer.openapi;

import dev.toolwright.connection.Requests;
import dev.toolwright.expression.UrlTemplate;
import dev.toolwright.importer.openapi.Document.Source;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Where a document's operations are: the base that a connection gets, and what lies elsewhere.
final class Servers {
  private static final Pattern VARIABLE = Pattern.compile("\\{([^{}]*)\\}");

  private final Document document;
  private final @Nullable String chosen;
  private final Set<String> notes = new LinkedHashSet<>();
  private final List<String> offered;

  /// @param chosen instead of what the document says; null: nothing was said
  Servers(Document document, @Nullable String chosen) {
    this.document = document;
    this.chosen = chosen;
    var named = document.root().path("servers");
    this.offered = new ArrayList<>(urls(named, notes));
    if (named.isEmpty() && document.address() != null) {
      offered.add(Requests.origin(document.address().toString()));
    }
  }

  /// The base of the connection; null: the document names none that can be used.
  @Nullable String base() {
    return chosen != null ? chosen : offered.isEmpty() ? null : offered.getFirst();
  }

  /// Every base that the document names.
  List<String> offered() {
    return List.copyOf(offered);
  }

  Set<String> notes() {
    return notes;
  }

  /// The address of an operation: relative to the base, or absolute where the operation has a
  /// server of its own at the same origin.
  String address(Source source, Set<String> warnings) throws Unfit {
    for (var place : List.of(source.operation(), source.item())) {
      var own = place.path("servers");
      if (!own.isEmpty()) {
        return elsewhere(urls(own, warnings), source, warnings);
      }
    }
    return source.path();
  }

  private String elsewhere(List<String> own, Source source, Set<String> warnings) throws Unfit {
    var base = base();
    if (chosen != null || base == null) {
      warnings.add("Has servers of its own, which are not used: base_url was given");
      return source.path();
    }
    for (var url : own) {
      if (url.equals(base)) {
        return source.path();
      }
      if (Requests.origin(url).equals(Requests.origin(base))) {
        return Requests.address(url, source.path());
      }
    }
    throw new Unfit(
        "Lies at another server than the connection"
            + (own.isEmpty() ? "" : ", at " + Requests.origin(own.getFirst()))
            + ": import it with that as base_url");
  }

  private List<String> urls(JsonNode servers, Set<String> into) {
    var urls = new ArrayList<String>();
    for (var server : servers) {
      var given = server.path("url").asString("");
      try {
        urls.add(absolute(filled(given, server.path("variables"))));
      } catch (Unfit e) {
        into.add("The server " + Document.shown(given) + " is not used: it " + e.why());
      }
    }
    return urls;
  }

  private static String filled(String url, JsonNode variables) throws Unfit {
    var missing = new ArrayList<String>();
    var filled =
        VARIABLE
            .matcher(url)
            .replaceAll(found -> {
              var variable = variables.path(found.group(1));
              var value =
                  variable.path("default").asString(variable.path("enum").path(0).asString(""));
              if (value.isEmpty()) {
                missing.add(found.group(1));
              }
              return Matcher.quoteReplacement(value);
            });
    if (!missing.isEmpty()) {
      throw new Unfit("has no value for " + String.join(", ", missing));
    }
    return filled;
  }

  private String absolute(String url) throws Unfit {
    var whole = url;
    if (!url.startsWith("http://") && !url.startsWith("https://")) {
      if (document.address() == null) {
        throw new Unfit("is relative, and the document has no address of its own: give base_url");
      }
      try {
        whole = document.address().resolve(new URI(url)).toString();
      } catch (URISyntaxException _) {
        throw new Unfit("is no address");
      }
    }
    var parsed = UrlTemplate.parse(whole);
    if (parsed.template() == null || !parsed.template().places().isEmpty() || whole.contains("?")) {
      throw new Unfit(parsed.template() == null ? parsed.fault() : "has a query or a placeholder");
    }
    return whole.endsWith("/") ? whole.substring(0, whole.length() - 1) : whole;
  }
}
