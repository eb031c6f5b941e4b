/// Runs function tools in the sandbox.
@NullMarked
package dev.toolwright.runner.function;

import org.jspecify.annotations.NullMarked;
