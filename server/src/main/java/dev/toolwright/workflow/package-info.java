/// Workflows: one graph engine on the durable runs, whichever way a workflow is spelled.
@NullMarked
package dev.toolwright.workflow;

import org.jspecify.annotations.NullMarked;
