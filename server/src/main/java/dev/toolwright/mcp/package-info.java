/// The Model Context Protocol's wire: JSON-RPC messages, revisions and errors.
@NullMarked
package dev.toolwright.mcp;

import org.jspecify.annotations.NullMarked;
