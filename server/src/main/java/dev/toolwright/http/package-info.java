/// How a refusal is said, whatever the door.
@NullMarked
package dev.toolwright.http;

import org.jspecify.annotations.NullMarked;
