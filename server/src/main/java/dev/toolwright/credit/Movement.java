package dev.toolwright.credit;

import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One entry of the ledger with the balance after it.
///
/// @param kind `reserve`, `settle`, `refund` or `charge`
/// @param from the account it was taken from: `available`, `reserved`, `spent`
/// @param to the account it went to
/// @param cause a run's attempt, a call, or a request
/// @param action of the price list; null when it was none
/// @param spent by the user after this entry
/// @param reserved for the user after this entry
public record Movement(
    String id,
    Instant at,
    String kind,
    String from,
    String to,
    BigDecimal amount,
    String cause,
    @Nullable String action,
    BigDecimal spent,
    BigDecimal reserved) {}
