package dev.toolwright.material;

import com.google.re2j.Pattern;
import dev.toolwright.definition.Definition;
import dev.toolwright.json.Json;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Something to read, under a URI that is its definition's name. A URI with places `{name}` is a
/// template, and `{{name}}` in its text takes what stands there.
///
/// @param title for people; null: its URI
public record Resource(@Nullable String title, String description, String mimeType, Config config) {
  private static final Pattern PLACE = Pattern.compile("\\{([A-Za-z0-9_]{1,100})}");

  private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]{0,30}:[!-z|~]{1,480}");

  /// What lists do not show.
  ///
  /// @param text null for what is no text
  /// @param blob in base64; null for a text
  public record Config(String kind, @Nullable String text, @Nullable String blob) {}

  public static Resource of(Definition definition) {
    return Json.read(definition.body(), Resource.class);
  }

  public static boolean isTemplate(String uri) {
    return uri.indexOf('{') >= 0;
  }

  /// Whether places in a URI can be told apart when it is matched.
  public static boolean isUri(String uri) {
    return URI.matcher(PLACE.matcher(uri).replaceAll("x")).matches();
  }

  /// What stands in the places of a template; empty when the URI is not of it.
  public static Optional<Map<String, String>> matched(String template, String uri) {
    var names = PLACE.matcher(template);
    var regex = new StringBuilder();
    var found = new ArrayList<String>();
    var end = 0;
    while (names.find()) {
      regex.append(Pattern.quote(template.substring(end, names.start()))).append("([^/?#{}]+)");
      found.add(names.group(1));
      end = names.end();
    }
    regex.append(Pattern.quote(template.substring(end)));
    var match = Pattern.compile(regex.toString()).matcher(uri);
    if (!match.matches()) {
      return Optional.empty();
    }
    var values = new HashMap<String, String>();
    for (var i = 0; i < found.size(); i++) {
      values.put(found.get(i), decoded(match.group(i + 1)));
    }
    return Optional.of(values);
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }

  /// Its text with the places filled; null for what is no text.
  public @Nullable String text(Map<String, String> values) {
    var text = config.text();
    return text == null ? null : Places.filled(text, name -> Optional.ofNullable(values.get(name)));
  }
}
