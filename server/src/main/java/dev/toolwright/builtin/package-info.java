/// The tools that come with the server, at work.
@NullMarked
package dev.toolwright.builtin;

import org.jspecify.annotations.NullMarked;
