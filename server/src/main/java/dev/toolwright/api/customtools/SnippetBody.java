package dev.toolwright.api.customtools;

import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Snippet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A snippet as this face spells it.
final class SnippetBody {
  static final int MAX_CODE = 100_000;

  static final String[] FIELDS = {
    "name",
    "displayName",
    "description",
    "language",
    "code",
    "functionName",
    "parameters",
    "returnType",
    "timeout",
    "memoryLimit",
    "isShared"
  };

  private static final int TIMEOUT_MS = 5_000;
  private static final int MEMORY_MB = 128;

  private SnippetBody() {}

  /// @param old the snippet as it is; null for a new one
  static Snippet.Content content(Fields in, Snippet.@Nullable Content old) {
    in.spell("implementation.code", "code").spell("implementation.function_name", "functionName");
    if (old == null && !in.has("code")) {
      in.fault("code", "is required");
    }
    var code = in.text("code", MAX_CODE, old == null ? "" : old.function().code());
    var parameters = ParameterList.read(in, "parameters");
    return new Snippet.Content(
        in.text("displayName", 100, old == null ? in.text("name", 100, "") : old.title()),
        in.text("description", 4_000, old == null ? "" : old.description()),
        in.has("code") || in.has("language") || in.has("functionName") || old == null
            ? function(in, code, null)
            : old.function(),
        parameters != null
            ? parameters
            : old == null ? Json.object().put("type", "object") : old.parametersSchema(),
        in.text("returnType", 40, old == null ? "json" : old.returnType()),
        in.integer("timeout", 100, 300_000, old == null ? TIMEOUT_MS : old.timeoutMs()),
        in.integer("memoryLimit", 16, 256, old == null ? MEMORY_MB : old.memoryMb()));
  }

  static Config.Function function(Fields in, String code, Config.@Nullable Network network) {
    var language = in.choice("language", List.of("javascript", "typescript", "python"));
    return new Config.Function(
        language == null ? "javascript" : language,
        code,
        in.pattern(
            "functionName",
            "[A-Za-z_$][A-Za-z0-9_$]{0,99}",
            "must be a letter, $ or _, followed by letters, digits, $ or _"),
        null,
        network,
        null);
  }

  static ObjectNode shown(Snippet snippet, boolean editor) {
    var content = snippet.content();
    var shown =
        Json.object()
            .put("id", snippet.id())
            .put("name", snippet.name())
            .put("displayName", content.title())
            .put("description", content.description())
            .put("language", content.function().language())
            .put("code", editor ? content.function().code() : null)
            .put("functionName", content.function().functionName());
    shown.set("parameters", ParameterList.shown(content.parametersSchema()));
    return shown
        .put("returnType", content.returnType())
        .put("timeout", content.timeoutMs())
        .put("memoryLimit", content.memoryMb())
        .put("isShared", snippet.visibility() != Visibility.PRIVATE)
        .put("version", snippet.version())
        .put("createdBy", snippet.ownerName())
        .put("createdAt", Answers.time(snippet.createdAt()))
        .put("updatedAt", Answers.time(snippet.updatedAt()));
  }

  static ObjectNode example() {
    var example =
        Json.object()
            .put("name", "margin")
            .put("language", "javascript")
            .put("code", "return { margin: params.revenue - params.cost };");
    var parameters = example.putArray("parameters");
    for (var name : List.of("revenue", "cost")) {
      parameters.addObject().put("name", name).put("type", "number").put("required", true);
    }
    return example;
  }
}
