/// Runs foreign code in processes that the kernel confines.
@NullMarked
package dev.toolwright.sandbox;

import org.jspecify.annotations.NullMarked;
