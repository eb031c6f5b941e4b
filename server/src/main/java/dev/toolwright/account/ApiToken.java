package dev.toolwright.account;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A live token as lists show it: never the token itself.
///
/// @param name what its user calls it; `get_token` for a sign-in
/// @param expiresAt null: never
/// @param lastUsedAt to the minute; null: never
public record ApiToken(
    String id,
    String userId,
    String name,
    Instant createdAt,
    @Nullable Instant expiresAt,
    @Nullable Instant lastUsedAt) {}
