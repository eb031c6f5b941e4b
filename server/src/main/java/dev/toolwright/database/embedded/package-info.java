/// A private PostgreSQL server that the launcher starts and stops.
@NullMarked
package dev.toolwright.database.embedded;

import org.jspecify.annotations.NullMarked;
