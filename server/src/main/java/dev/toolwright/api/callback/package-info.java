/// What others call or a person's browser comes back to: addresses that are secrets themselves.
@NullMarked
package dev.toolwright.api.callback;

import org.jspecify.annotations.NullMarked;
