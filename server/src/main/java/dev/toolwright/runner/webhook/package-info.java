/// Tools that are a message to a receiver.
@NullMarked
package dev.toolwright.runner.webhook;

import org.jspecify.annotations.NullMarked;
