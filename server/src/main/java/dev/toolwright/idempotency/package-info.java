/// Answers kept by `Idempotency-Key`, so that a repeated request is answered and not done again.
@NullMarked
package dev.toolwright.idempotency;

import org.jspecify.annotations.NullMarked;
