/// Tools of the server that act on the server: its agents and workflows.
@NullMarked
package dev.toolwright.builtin.system;

import org.jspecify.annotations.NullMarked;
