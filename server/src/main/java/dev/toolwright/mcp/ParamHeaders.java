package dev.toolwright.mcp;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Headers that repeat arguments, for whoever routes requests without reading them: a property of a
/// tool's schema with `"x-mcp-header": "Region"` comes in `Mcp-Param-Region` too. Only texts,
/// integers and booleans can, and only those that are reached through `properties` alone.
public final class ParamHeaders {
  private static final String ANNOTATION = "x-mcp-header";
  private static final String PREFIX = "Mcp-Param-";
  private static final String BASE64 = "=?base64?";
  private static final String END = "?=";
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");

  /// What can stand in a header as it is.
  private static final Pattern PLAIN = Pattern.compile("|[!-~]|[!-~][ -~]*[!-~]");

  private static final Set<String> PRIMITIVE = Set.of("string", "integer", "boolean");

  /// Keywords whose values are no schemas.
  private static final Set<String> DATA = Set.of("default", "const", "enum", "examples");

  /// Keywords whose values hold schemas by name.
  private static final Set<String> NAMED =
      Set.of("patternProperties", "$defs", "definitions", "dependentSchemas");

  private ParamHeaders() {}

  /// One argument that is repeated.
  ///
  /// @param path of property names
  private record Repeated(String header, List<String> path) {}

  /// What makes a schema one that no client may call by; null: nothing.
  public static @Nullable String fault(ObjectNode schema) {
    var faults = new ArrayList<String>();
    repeated(schema, faults);
    return faults.isEmpty() ? null : faults.getFirst();
  }

  /// The headers of a call, with their values as they are sent.
  public static Map<String, String> of(ObjectNode schema, JsonNode arguments) {
    var headers = new TreeMap<String, String>();
    for (var one : repeated(schema, new ArrayList<>())) {
      var text = text(at(arguments, one.path()));
      if (text != null) {
        headers.put(one.header(), encoded(text));
      }
    }
    return headers;
  }

  /// Checks that the headers say what the arguments say.
  ///
  /// @param header gives a request header by name
  public static void check(
      ObjectNode schema, JsonNode arguments, Function<String, @Nullable String> header)
      throws McpError {
    for (var one : repeated(schema, new ArrayList<>())) {
      var said = decoded(header.apply(one.header()), one.header());
      if (!agrees(said, at(arguments, one.path()))) {
        throw mismatch(one.header());
      }
    }
  }

  private static boolean agrees(@Nullable String said, JsonNode argument) {
    var given = text(argument);
    if (said == null || given == null) {
      return said == null && given == null;
    }
    if (!argument.isNumber()) {
      return said.equals(given);
    }
    try {
      return new BigDecimal(said).compareTo(argument.decimalValue()) == 0;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private static JsonNode at(JsonNode arguments, List<String> path) {
    var found = arguments;
    for (var name : path) {
      found = found.path(name);
    }
    return found;
  }

  private static @Nullable String text(JsonNode argument) {
    return argument.isValueNode() && !argument.isNull() ? argument.asString() : null;
  }

  private static List<Repeated> repeated(ObjectNode schema, List<String> faults) {
    var found = new ArrayList<Repeated>();
    walk(schema, List.of(), true, found, faults);
    var seen = new HashSet<String>();
    for (var one : found) {
      if (!seen.add(one.header().toLowerCase(Locale.ROOT))) {
        faults.add(one.header() + " would repeat two arguments");
      }
    }
    return found;
  }

  /// @param reached whether an argument has exactly this place
  private static void walk(
      JsonNode schema,
      List<String> path,
      boolean reached,
      List<Repeated> found,
      List<String> faults) {
    for (var field : schema.properties()) {
      var value = field.getValue();
      if (field.getKey().equals(ANNOTATION)) {
        annotated(schema, value, reached ? path : List.of(), found, faults);
      } else if (field.getKey().equals("properties")) {
        value
            .properties()
            .forEach(one -> walk(one.getValue(), with(path, one.getKey()), reached, found, faults));
      } else if (NAMED.contains(field.getKey()) || value.isArray()) {
        if (!DATA.contains(field.getKey())) {
          value.forEach(one -> walk(one, path, false, found, faults));
        }
      } else if (!DATA.contains(field.getKey())) {
        walk(value, path, false, found, faults);
      }
    }
  }

  private static void annotated(
      JsonNode schema,
      JsonNode name,
      List<String> path,
      List<Repeated> found,
      List<String> faults) {
    var where = path.isEmpty() ? "the schema" : String.join(".", path);
    if (path.isEmpty()) {
      faults.add(ANNOTATION + " stands where no single argument is");
    } else if (!name.isString() || !TOKEN.matcher(name.asString()).matches()) {
      faults.add(ANNOTATION + " of " + where + " is not the name of a header");
    } else if (!isPrimitive(schema.path("type"))) {
      faults.add(
          ANNOTATION
              + " of "
              + where
              + " is on something else than a text, an integer or a boolean");
    } else {
      found.add(new Repeated(PREFIX + name.asString(), path));
    }
  }

  private static boolean isPrimitive(JsonNode type) {
    var types =
        Stream.concat(Stream.of(type), type.valueStream())
            .map(one -> one.asString(""))
            .filter(one -> !one.isEmpty() && !one.equals("null"))
            .collect(Collectors.toSet());
    return !types.isEmpty() && PRIMITIVE.containsAll(types);
  }

  private static List<String> with(List<String> path, String name) {
    return Stream.concat(path.stream(), Stream.of(name)).toList();
  }

  /// A header's value as it is sent; one that cannot stand in a header, or that would be taken for
  /// another, goes as `=?base64?…?=`.
  public static String encoded(String text) {
    return PLAIN.matcher(text).matches() && !text.startsWith(BASE64)
        ? text
        : BASE64 + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)) + END;
  }

  /// A header's value; one that cannot stand in a header comes as `=?base64?…?=`.
  ///
  /// @throws McpError when it is no base64
  static @Nullable String decoded(@Nullable String value, String name) throws McpError {
    if (value == null || !value.startsWith(BASE64) || !value.endsWith(END)) {
      return value;
    }
    var text =
        value.substring(BASE64.length(), Math.max(BASE64.length(), value.length() - END.length()));
    try {
      if (text.length() % 4 == 0) {
        return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
      }
    } catch (IllegalArgumentException _) {
      // said below
    }
    throw mismatch(name);
  }

  static McpError mismatch(String header) {
    return new McpError(
        400,
        McpError.HEADER_MISMATCH,
        "The header " + header + " must say what the body says",
        null);
  }
}
