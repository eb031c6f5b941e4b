/// The client of MCP servers that others run.
@NullMarked
package dev.toolwright.connection.mcp;

import org.jspecify.annotations.NullMarked;
