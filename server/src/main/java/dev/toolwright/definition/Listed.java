package dev.toolwright.definition;

import java.util.List;
import java.util.function.Function;

/// A page of a list.
///
/// @param total of the whole list
public record Listed<T>(List<T> page, int total) {
  public Listed {
    page = List.copyOf(page);
  }

  public <R> Listed<R> map(Function<T, R> each) {
    return new Listed<>(page.stream().map(each).toList(), total);
  }
}
