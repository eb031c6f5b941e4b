/// Credits: reserved, settled, refunded and charged, in double entry.
@NullMarked
package dev.toolwright.credit;

import org.jspecify.annotations.NullMarked;
