package dev.toolwright.tool;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a tool is made of: one record per kind, stored in its revision. Each kind has a [Runner].
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Config.Function.class, name = "function"),
  @JsonSubTypes.Type(value = Config.HttpApi.class, name = "api_endpoint"),
  @JsonSubTypes.Type(value = Config.Builtin.class, name = "builtin")
})
public sealed interface Config {
  /// The kind's name on the Agents face.
  default String kind() {
    return switch (this) {
      case Function _ -> "function";
      case HttpApi _ -> "api_endpoint";
      case Builtin _ -> "builtin";
    };
  }

  /// What such a tool does to the world when nobody says.
  default Behavior defaultBehavior() {
    return switch (this) {
      case Function _ -> new Behavior(true, true, false, false);
      case HttpApi api ->
          switch (api.method()) {
            case "GET", "HEAD" -> new Behavior(true, true, false, true);
            case "PUT" -> new Behavior(false, true, false, true);
            case "DELETE" -> new Behavior(false, true, true, true);
            default -> new Behavior(false, false, false, true);
          };
      case Builtin _ -> new Behavior(false, false, false, true);
    };
  }

  /// Code that runs in the sandbox.
  ///
  /// @param language `python`, `javascript` or `typescript`
  /// @param functionName null: in Python the only top-level function, else the body itself
  /// @param compiled what TypeScript became when it was saved; null for the other languages
  record Function(
      String language, String code, @Nullable String functionName, @Nullable Compiled compiled)
      implements Config {}

  /// JavaScript that was made from TypeScript.
  ///
  /// @param lines for each line of the JavaScript the line it came from, from 1
  record Compiled(String code, List<Integer> lines) {
    public Compiled {
      lines = List.copyOf(lines);
    }
  }

  /// One HTTP request. `{{name}}` and, in the URL, `{name}` are filled with parameters.
  ///
  /// @param method in capitals
  /// @param body merged under the parameters that fill no place; null: only those
  record HttpApi(
      String method, String url, Map<String, String> headers, Auth auth, @Nullable JsonNode body)
      implements Config {
    public HttpApi {
      method = method.toUpperCase(Locale.ROOT);
      headers = Map.copyOf(headers);
      body = body != null && body.isNull() ? null : body;
    }
  }

  /// One of the server's own tools; never stored.
  record Builtin(String name) implements Config {}
}
