/// Templates: parsed once, filled with values encoded for their place.
@NullMarked
package dev.toolwright.expression;

import org.jspecify.annotations.NullMarked;
