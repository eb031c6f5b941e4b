package dev.toolwright.database;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// An open transaction, always passed explicitly. Stores run their SQL on it; whoever opened it
/// decides when it commits.
public final class Tx {
  private static final Pattern NAMED = Pattern.compile("(?<!:):(?=\\w)");

  /// Statements under the names of their place among the last.
  private static final Map<String, String> RENAMED = new ConcurrentHashMap<>();

  private final Handle handle;

  /// Null where each statement commits by itself.
  private final @Nullable List<Last> last;

  private record Last(String sql, Columns columns) {}

  private Tx(Handle handle, @Nullable List<Last> last) {
    this.handle = handle;
    this.last = last;
  }

  /// Each statement commits by itself.
  static Tx direct(Handle handle) {
    return new Tx(handle, null);
  }

  /// Runs `work` in one transaction: all of it, or nothing.
  static <T> T in(Handle handle, Function<Tx, T> work) {
    return handle.inTransaction(open -> {
      var tx = new Tx(open, new ArrayList<>());
      var result = work.apply(tx);
      tx.commit();
      return result;
    });
  }

  public Handle handle() {
    return handle;
  }

  /// A statement that gives nothing back and that no later one of the transaction needs to see: all
  /// of these are sent together with the commit, in the order in which they came, as one round
  /// trip.
  public void last(String sql, Columns columns) {
    if (last == null) {
      columns.bind(handle.createUpdate(sql)).execute();
    } else {
      last.add(new Last(sql, columns));
    }
  }

  private void commit() {
    if (last == null || last.isEmpty()) {
      return;
    }
    var sql = new StringBuilder();
    for (var place = 0; place < last.size(); place++) {
      sql.append(renamed(last.get(place).sql(), prefix(place))).append(";\n");
    }
    var all = handle.createUpdate(sql.append("commit").toString());
    for (var place = 0; place < last.size(); place++) {
      last.get(place).columns().bind(all, prefix(place));
    }
    all.execute();
  }

  private static String prefix(int place) {
    return "l" + place + "_";
  }

  private static String renamed(String sql, String prefix) {
    return RENAMED.computeIfAbsent(prefix + sql, _ -> NAMED.matcher(sql).replaceAll(":" + prefix));
  }
}
