/// What was used and what may be: budgets and statements of credits.
@NullMarked
package dev.toolwright.usage;

import org.jspecify.annotations.NullMarked;
