package dev.toolwright.catalog;

import dev.toolwright.tool.Tool;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A tool as the catalogue has it.
///
/// @param endpoint of its server; null: a built-in, or another workspace's
/// @param service null: it was not made in the catalogue
/// @param deletedAt null: it is there
public record CatalogTool(
    Tool tool, @Nullable String endpoint, @Nullable Service service, @Nullable Instant deletedAt) {}
