/// What HTTP has in common, whatever the door: how a refusal is said, how events are read.
@NullMarked
package dev.toolwright.http;

import org.jspecify.annotations.NullMarked;
