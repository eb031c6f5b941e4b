package dev.toolwright.database;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/// Rows turned into named columns of text for `unnest`, whose statement casts them.
public final class Columns {
  private final Map<String, List<@Nullable String>> values = new LinkedHashMap<>();

  /// @param empty columns that may stay without any value
  public Columns(String... empty) {
    for (var name : empty) {
      values.put(name, new ArrayList<>());
    }
  }

  /// Adds one value to a column.
  public Columns add(String name, @Nullable String value) {
    values.computeIfAbsent(name, _ -> new ArrayList<>()).add(Storable.text(value));
    return this;
  }

  public Columns add(String name, long value) {
    return add(name, Long.toString(value));
  }

  /// Binds each column under its name. Jdbi is not asked what an array of text is: it finds out
  /// anew each time.
  public <S extends SqlStatement<S>> S bind(S statement) {
    return bind(statement, "");
  }

  /// The same under names that begin with `prefix`.
  <S extends SqlStatement<S>> S bind(S statement, String prefix) {
    values.forEach((name, column) -> {
      var texts = column.toArray(String[]::new);
      Argument argument =
          (position, prepared, _) ->
              prepared.setArray(position, prepared.getConnection().createArrayOf("text", texts));
      statement.bind(prefix + name, argument);
    });
    return statement;
  }
}
