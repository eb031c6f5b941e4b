import tools.jackson.databind.JsonNode;

/// The figures as Markdown.
final class Table {
  private Table() {}

  static String of(JsonNode report) {
    var text = new StringBuilder();
    text.append("| what | p50 | p99 | per second | p50, 16 callers | p99 | per second | commits | processor time: server | PostgreSQL | sandbox | client |\n");
    text.append("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (var load : report.path("workloads")) {
      var one = load.path("1_caller");
      var all = load.path("16_callers");
      text.append("| ").append(load.path("name").asString());
      for (var figure : new JsonNode[] {one, all}) {
        text.append(" | ").append(millis(figure, "p50_ms")).append(" | ").append(millis(figure, "p99_ms"));
        text.append(" | ").append("%,d".formatted(figure.path("per_second").asLong()));
      }
      text.append(" | ").append("%.1f".formatted(all.path("commits").asDouble()));
      for (var part : Usage.Part.values()) {
        text.append(" | ").append(all.path("cpu_us").path(part.key()).asLong()).append(" µs");
      }
      text.append(" |\n");
    }
    var starts = report.path("start_s");
    text.append("\nStart to ready: first %s s".formatted(starts.path("first").asString()));
    if (starts.has("next")) {
      text.append(", next %s s, with its class cache %s s"
          .formatted(starts.path("next").asString(), starts.path("next_with_class_cache").asString("-")));
    }
    var rest = report.path("rest_mib");
    text.append(".\nMemory at rest: %d MiB (server %d, PostgreSQL %d, sandbox %d).\n"
        .formatted(
            rest.path("total").asLong(),
            rest.path("server").asLong(),
            rest.path("postgresql").asLong(),
            rest.path("sandbox").asLong()));
    return text.toString();
  }

  private static String millis(JsonNode figure, String name) {
    return "%.2f ms".formatted(figure.path(name).asDouble());
  }
}
