package dev.toolwright.account;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is to change about a user; null leaves it as it is.
///
/// @param scope 0, 1 or 2
/// @param groups of [Reach#GROUPS]
public record UserDraft(
    @Nullable Role role,
    @Nullable Integer scope,
    @Nullable Set<String> groups,
    @Nullable Boolean active) {
  Reach reach(Reach otherwise) {
    return new Reach(
        scope == null ? otherwise.scope() : scope, groups == null ? otherwise.groups() : groups);
  }
}
