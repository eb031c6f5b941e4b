/// The custom-tools face, `/api/custom-tools`: the builders' tools, connectors, snippets,
/// credentials and executions, in camelCase.
@NullMarked
package dev.toolwright.api.customtools;

import org.jspecify.annotations.NullMarked;
