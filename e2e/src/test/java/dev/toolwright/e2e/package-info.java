/// The packaged product, started as a real process and spoken to over HTTP and MCP only.
@NullMarked
package dev.toolwright.e2e;

import org.jspecify.annotations.NullMarked;
