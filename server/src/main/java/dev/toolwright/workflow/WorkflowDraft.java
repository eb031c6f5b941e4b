package dev.toolwright.workflow;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What somebody wants a workflow to be: everything for a new one, only the changes for an existing
/// one (null: as it is).
public record WorkflowDraft(
    @Nullable String name, @Nullable String description, @Nullable Spelling spelling) {
  /// A way to say what a workflow does, and what it means.
  public record Spelling(ObjectNode source, Graph graph) {}
}
