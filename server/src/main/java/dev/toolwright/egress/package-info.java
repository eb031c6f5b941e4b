/// The one way out for every destination that a user, tool, model or remote names.
@NullMarked
package dev.toolwright.egress;

import org.jspecify.annotations.NullMarked;
