/// What people of a workspace put beside their tools for clients that speak MCP: prompts and
/// resources.
@NullMarked
package dev.toolwright.material;

import org.jspecify.annotations.NullMarked;
