package dev.toolwright.account;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An API token at the only moment it is known. `toString` leaves the token out.
///
/// @param token `tw_` and 64 hex digits
/// @param expiresAt null: never
public record IssuedToken(String id, String token, @Nullable Instant expiresAt) {
  @Override
  public String toString() {
    return "IssuedToken[" + id + "]";
  }
}
