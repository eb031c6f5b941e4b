/// Makes tools of what an MCP server offers, and keeps them as they were accepted.
@NullMarked
package dev.toolwright.importer.mcp;

import org.jspecify.annotations.NullMarked;
