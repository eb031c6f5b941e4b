/// The Catalog face: tools with their status, statistics and health, and signing in.
@NullMarked
package dev.toolwright.api.catalog;

import org.jspecify.annotations.NullMarked;
