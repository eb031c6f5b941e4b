/// The append-only record of who did what.
@NullMarked
package dev.toolwright.audit;

import org.jspecify.annotations.NullMarked;
