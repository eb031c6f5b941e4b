/// Runs tools of MCP servers that others run.
@NullMarked
package dev.toolwright.runner.mcp;

import org.jspecify.annotations.NullMarked;
