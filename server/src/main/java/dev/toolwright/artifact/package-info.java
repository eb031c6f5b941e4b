/// Results that are too large to hand on: kept whole, handed on as a handle, read in parts.
@NullMarked
package dev.toolwright.artifact;

import org.jspecify.annotations.NullMarked;
