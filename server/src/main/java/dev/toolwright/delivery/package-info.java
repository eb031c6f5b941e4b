/// Webhooks out: what became of a job, told to whoever asked.
@NullMarked
package dev.toolwright.delivery;

import org.jspecify.annotations.NullMarked;
