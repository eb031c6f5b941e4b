package dev.toolwright.idempotency;

/// An `Idempotency-Key` with what it belongs to: another caller's, or another route's, is another.
///
/// @param value 1 to 255 printable ASCII characters
public record Key(String workspaceId, String userId, String method, String path, String value) {}
