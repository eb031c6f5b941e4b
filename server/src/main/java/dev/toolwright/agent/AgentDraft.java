package dev.toolwright.agent;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What somebody wants an agent to be: everything for a new one, only the changes for an existing
/// one (null: as it is).
///
/// @param tools names or ids
public record AgentDraft(
    @Nullable String name,
    @Nullable String description,
    @Nullable String instructions,
    @Nullable String model,
    @Nullable Double temperature,
    @Nullable List<String> tools,
    @Nullable ObjectNode metadata) {}
