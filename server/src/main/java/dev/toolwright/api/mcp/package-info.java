/// Tools over MCP: the same tools through the same pipeline.
@NullMarked
package dev.toolwright.api.mcp;

import org.jspecify.annotations.NullMarked;
