/// PostgreSQL: the pool, transactions, migrations and notices.
@NullMarked
package dev.toolwright.database;

import org.jspecify.annotations.NullMarked;
