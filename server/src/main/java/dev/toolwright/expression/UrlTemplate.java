package dev.toolwright.expression;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// An http or https address with places in its path and query, never in its scheme or host.
public final class UrlTemplate {
  private static final String UNRESERVED = "-._~";

  private final String origin;
  private final Template path;
  private final List<Template> pairs;

  private UrlTemplate(String origin, Template path, List<Template> pairs) {
    this.origin = origin;
    this.path = path;
    this.pairs = List.copyOf(pairs);
  }

  /// A template, or what is wrong with the text.
  ///
  /// @param template null when there is a fault
  public record Parsed(@Nullable UrlTemplate template, String fault) {
    /// The template of a text that was checked before.
    public UrlTemplate checked() {
      if (template == null) {
        throw new IllegalStateException("an address was stored that is none");
      }
      return template;
    }
  }

  public static Parsed parse(String text) {
    var scheme = text.startsWith("https://") ? "https://" : "http://";
    if (!text.startsWith(scheme)) {
      return new Parsed(null, "must begin with http:// or https://");
    }
    var rest = text.substring(scheme.length());
    var cut = firstOf(rest, "/?#");
    var authority = rest.substring(0, cut);
    if (authority.indexOf('{') >= 0) {
      return new Parsed(null, "must not have a placeholder in its host");
    }
    try {
      var base = new URI(scheme + authority);
      if (base.getHost() == null || base.getUserInfo() != null) {
        return new Parsed(null, "must name a host, without user or password");
      }
    } catch (URISyntaxException _) {
      return new Parsed(null, "must name a host");
    }
    var tail = rest.substring(cut);
    var hash = tail.indexOf('#');
    tail = hash < 0 ? tail : tail.substring(0, hash);
    var question = tail.indexOf('?');
    var pathText = question < 0 ? tail : tail.substring(0, question);
    var pairs = new ArrayList<Template>();
    if (question >= 0) {
      for (var pair : tail.substring(question + 1).split("&", -1)) {
        if (!pair.isEmpty()) {
          pairs.add(Template.parse(pair, true));
        }
      }
    }
    return new Parsed(
        new UrlTemplate(scheme + authority, Template.parse(pathText, true), pairs), "");
  }

  private static int firstOf(String text, String ends) {
    for (var i = 0; i < text.length(); i++) {
      if (ends.indexOf(text.charAt(i)) >= 0) {
        return i;
      }
    }
    return text.length();
  }

  public Set<String> places() {
    var names = new LinkedHashSet<>(path.places());
    pairs.forEach(pair -> names.addAll(pair.places()));
    return names;
  }

  public Set<String> pathPlaces() {
    return path.places();
  }

  /// Whether a value can stand in a path without changing its shape.
  public static boolean fitsPath(@Nullable JsonNode value) {
    if (value == null || value.isNull()) {
      return false;
    }
    var text = text(value);
    return !text.isEmpty() && !text.equals(".") && !text.equals("..");
  }

  /// Fills the places. A query pair whose place has no value is left out.
  ///
  /// @param more appended to the query: lists repeat, objects are JSON, null is left out
  /// @return empty when a place in the path has no value, or one that would change the path's shape
  public Optional<URI> fill(
      Function<String, @Nullable JsonNode> values, Collection<Map.Entry<String, JsonNode>> more) {
    var filled = new StringBuilder(origin);
    for (var part : path.parts()) {
      switch (part) {
        case Template.Part.Literal(var text) -> filled.append(safe(text));
        case Template.Part.Place(var name) -> {
          var value = values.apply(name);
          if (value == null || !fitsPath(value)) {
            return Optional.empty();
          }
          filled.append(encoded(text(value)));
        }
      }
    }
    var query = new ArrayList<String>();
    pairs.forEach(pair -> pair(pair, values).ifPresent(query::add));
    more.forEach(entry -> add(query, entry.getKey(), entry.getValue()));
    if (!query.isEmpty()) {
      filled.append('?').append(String.join("&", query));
    }
    try {
      return Optional.of(new URI(filled.toString()));
    } catch (URISyntaxException _) {
      return Optional.empty();
    }
  }

  private static Optional<String> pair(Template pair, Function<String, @Nullable JsonNode> values) {
    var filled = new StringBuilder();
    for (var part : pair.parts()) {
      switch (part) {
        case Template.Part.Literal(var text) -> filled.append(safe(text));
        case Template.Part.Place(var name) -> {
          var value = values.apply(name);
          if (value == null || value.isNull()) {
            return Optional.empty();
          }
          filled.append(encoded(text(value)));
        }
      }
    }
    return Optional.of(filled.toString());
  }

  /// `application/x-www-form-urlencoded`: lists repeat, objects are JSON, null is left out.
  public static String form(Collection<Map.Entry<String, JsonNode>> fields) {
    var pairs = new ArrayList<String>();
    fields.forEach(field -> add(pairs, field.getKey(), field.getValue()));
    return String.join("&", pairs);
  }

  private static void add(List<String> query, String name, JsonNode value) {
    if (value.isArray()) {
      value.forEach(item -> add(query, name, item));
    } else if (!value.isNull()) {
      query.add(encoded(name) + "=" + encoded(text(value)));
    }
  }

  private static String text(JsonNode value) {
    return value.isString()
        ? value.asString()
        : value.isContainer() ? value.toString() : value.asString();
  }

  /// Percent-encodes everything but letters, digits and `-._~`.
  public static String encoded(String text) {
    var encoded = new StringBuilder();
    for (var b : text.getBytes(StandardCharsets.UTF_8)) {
      var c = (char) (b & 0xff);
      if (c < 128 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0)) {
        encoded.append(c);
      } else {
        encoded.append('%').append("%02X".formatted((int) c));
      }
    }
    return encoded.toString();
  }

  /// Encodes what an author wrote literally but a URL cannot hold.
  public static String safe(String literal) {
    var safe = new StringBuilder();
    for (var b : literal.getBytes(StandardCharsets.UTF_8)) {
      var c = (char) (b & 0xff);
      if (c > 32 && c < 127 && "\"<>\\^`{|}".indexOf(c) < 0) {
        safe.append(c);
      } else {
        safe.append('%').append("%02X".formatted((int) c));
      }
    }
    return safe.toString();
  }
}
