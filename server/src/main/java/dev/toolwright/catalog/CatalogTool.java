package dev.toolwright.catalog;

import dev.toolwright.tool.Config;
import dev.toolwright.tool.Tool;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A tool as the catalogue has it.
///
/// @param endpoint of its server; null: a built-in, or another workspace's
/// @param containerId in which this node runs it; null: there is none
/// @param service null: it was not made in the catalogue
/// @param deletedAt null: it is there
public record CatalogTool(
    Tool tool,
    @Nullable String endpoint,
    @Nullable String containerId,
    @Nullable Service service,
    @Nullable Instant deletedAt) {
  public static final List<String> CATEGORIES =
      List.of("productivity", "data", "system", "communication");

  /// The category of the catalogue that it is in: its own, or the nearest when that is of another
  /// face.
  public String category() {
    var content = tool.content();
    if (CATEGORIES.contains(content.category())) {
      return content.category();
    }
    return content.config() instanceof Config.Builtin ? "system" : "data";
  }
}
