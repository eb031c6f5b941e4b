/// Exact decimals, and the finance and dates that people calculate with.
@NullMarked
package dev.toolwright.builtin.calculator;

import org.jspecify.annotations.NullMarked;
