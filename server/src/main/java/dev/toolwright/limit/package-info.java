/// How often something may happen, counted over all servers.
@NullMarked
package dev.toolwright.limit;

import org.jspecify.annotations.NullMarked;
