/// Agents: their definitions, their threads, and the loop in which a model uses tools.
@NullMarked
package dev.toolwright.agent;

import org.jspecify.annotations.NullMarked;
