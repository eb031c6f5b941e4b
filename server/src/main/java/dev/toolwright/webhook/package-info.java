/// Messages as Standard Webhooks has them: named, timed and signed.
@NullMarked
package dev.toolwright.webhook;

import org.jspecify.annotations.NullMarked;
