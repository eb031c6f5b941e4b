/// The server's settings and where each came from.
@NullMarked
package dev.toolwright.config;

import org.jspecify.annotations.NullMarked;
