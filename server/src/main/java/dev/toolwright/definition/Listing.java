package dev.toolwright.definition;

import java.util.List;

/// Which part of a list is wanted.
///
/// @param categories any of these; empty: all
/// @param limit at most so many, from `offset` on; [#WHOLE]: all
public record Listing(Definitions.Scope scope, List<String> categories, int limit, long offset) {
  public static final int WHOLE = Integer.MAX_VALUE;

  public Listing {
    categories = List.copyOf(categories);
  }

  /// All of a scope.
  public static Listing of(Definitions.Scope scope) {
    return new Listing(scope, List.of(), WHOLE, 0);
  }

  boolean isWhole() {
    return limit == WHOLE && offset == 0;
  }
}
