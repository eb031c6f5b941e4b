/// Runs tools that are one HTTP request.
@NullMarked
package dev.toolwright.runner.http;

import org.jspecify.annotations.NullMarked;
