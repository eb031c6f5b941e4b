/// Durable runs: the journal, the claim, waits, signals and events. It knows no agent and no tool.
@NullMarked
package dev.toolwright.run;

import org.jspecify.annotations.NullMarked;
