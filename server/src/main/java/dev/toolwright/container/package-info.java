/// Containers of MCP servers, made and watched over the Docker Engine's API.
@NullMarked
package dev.toolwright.container;

import org.jspecify.annotations.NullMarked;
