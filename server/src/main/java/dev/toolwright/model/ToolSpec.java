package dev.toolwright.model;

import tools.jackson.databind.node.ObjectNode;

/// A tool as a model sees it.
///
/// @param name any text; a provider that allows less is given a fitted name, and its answer is
///   mapped back
/// @param parametersSchema a JSON Schema of type object; fitted like the name where a provider
///   takes less
public record ToolSpec(String name, String description, ObjectNode parametersSchema) {}
