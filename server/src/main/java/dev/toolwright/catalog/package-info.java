/// The catalogue of tools: those that are served from elsewhere or by the server itself, with their
/// status and health.
@NullMarked
package dev.toolwright.catalog;

import org.jspecify.annotations.NullMarked;
