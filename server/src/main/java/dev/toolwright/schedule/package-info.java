/// Agents and workflows that start without anybody there: at a time, or by a message from outside.
@NullMarked
package dev.toolwright.schedule;

import org.jspecify.annotations.NullMarked;
