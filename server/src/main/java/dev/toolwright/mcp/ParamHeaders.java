package dev.toolwright.mcp;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Headers that repeat arguments, for whoever routes requests without reading them: a property of a
/// tool's schema with `"x-mcp-header": "Region"` comes in `Mcp-Param-Region` too.
public final class ParamHeaders {
  private static final String BASE64 = "=?base64?";
  private static final String END = "?=";

  private ParamHeaders() {}

  /// Checks that the headers say what the arguments say.
  ///
  /// @param header gives a request header by name
  public static void check(
      ObjectNode schema, JsonNode arguments, Function<String, @Nullable String> header)
      throws McpError {
    for (var property : schema.path("properties").properties()) {
      var name = property.getValue().path("x-mcp-header").asString("");
      if (!name.isEmpty()) {
        var full = "Mcp-Param-" + name;
        var said = decoded(header.apply(full), full);
        var given = text(arguments.path(property.getKey()));
        if (said == null ? given != null : !said.equals(given)) {
          throw mismatch(full);
        }
      }
    }
  }

  private static @Nullable String text(JsonNode argument) {
    return argument.isValueNode() && !argument.isNull() ? argument.asString() : null;
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
