/// The Agents face: its routes, names and status codes, and no rules of its own.
@NullMarked
package dev.toolwright.api.agents;

import org.jspecify.annotations.NullMarked;
