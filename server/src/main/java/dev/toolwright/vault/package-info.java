/// Secrets at rest and in memory.
@NullMarked
package dev.toolwright.vault;

import org.jspecify.annotations.NullMarked;
