package dev.toolwright.database;

import org.jdbi.v3.core.Handle;

/// An open transaction, always passed explicitly. Stores run their SQL on it; whoever opened it
/// decides when it commits.
public record Tx(Handle handle) {}
