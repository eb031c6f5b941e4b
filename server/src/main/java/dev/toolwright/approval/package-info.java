/// Calls and steps that a person has to approve first.
@NullMarked
package dev.toolwright.approval;

import org.jspecify.annotations.NullMarked;
