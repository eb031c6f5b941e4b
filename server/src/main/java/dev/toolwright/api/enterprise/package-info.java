/// The Enterprise face, `/api/…`: people, rights, tokens, credits.
@NullMarked
package dev.toolwright.api.enterprise;

import org.jspecify.annotations.NullMarked;
