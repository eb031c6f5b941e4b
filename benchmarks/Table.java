import java.util.List;
import tools.jackson.databind.JsonNode;

/// The figures as Markdown.
final class Table {
  private Table() {}

  static String of(JsonNode report) {
    return timings(report) + "\n" + costs(report) + "\n" + starts(report.path("start_s")) + jobs(report.path("submit_to_start_ms"))
        + rest(report.path("rest_mib"));
  }

  private static String timings(JsonNode report) {
    var text = new StringBuilder("| | 1 caller: p50 | p99 | per second | 16 callers: p50 | p99 | per second |\n");
    text.append("|---|--:|--:|--:|--:|--:|--:|\n");
    for (var load : report.path("workloads")) {
      text.append("| ").append(load.path("name").asString());
      for (var callers : List.of("1_caller", "16_callers")) {
        var figure = load.path(callers);
        text.append(" | %.2f ms".formatted(figure.path("p50_ms").asDouble()));
        text.append(" | %.2f ms".formatted(figure.path("p99_ms").asDouble()));
        text.append(" | %,d".formatted(figure.path("per_second").asLong()));
      }
      text.append(" |\n");
    }
    return text.toString();
  }

  private static String costs(JsonNode report) {
    var text = new StringBuilder("| one call of 16 callers costs | server | PostgreSQL | sandbox | this client | commits |\n");
    text.append("|---|--:|--:|--:|--:|--:|\n");
    for (var load : report.path("workloads")) {
      var figure = load.path("16_callers");
      text.append("| ").append(load.path("name").asString());
      for (var part : Usage.Part.values()) {
        text.append(" | ").append(figure.path("cpu_us").path(part.key()).asLong()).append(" µs");
      }
      text.append(" | %.1f |\n".formatted(figure.path("commits").asDouble()));
    }
    return text.toString();
  }

  private static String starts(JsonNode starts) {
    var text = "Start to ready: the first %.1f s".formatted(starts.path("first").asDouble());
    if (starts.has("next")) {
      text += ", the next %.1f s".formatted(starts.path("next").asDouble());
    }
    if (starts.has("next_with_class_cache")) {
      text += ", with the class cache %.1f s".formatted(starts.path("next_with_class_cache").asDouble());
    }
    return text + ".\n";
  }

  private static String jobs(JsonNode start) {
    return start.isMissingNode() ? "" : "A job starts %.1f ms after it was submitted (p50, one caller).\n".formatted(start.asDouble());
  }

  private static String rest(JsonNode rest) {
    return "Memory at rest: %d MiB (server %d, PostgreSQL %d, sandbox %d).\n"
        .formatted(
            rest.path("total").asLong(),
            rest.path("server").asLong(),
            rest.path("postgresql").asLong(),
            rest.path("sandbox").asLong());
  }
}
