package dev.toolwright.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/// The known name that a mistyped one most resembles.
public final class Nearest {
  private Nearest() {}

  /// The member of `known` with the fewest letters to insert, remove, replace or swap.
  public static String to(String typed, Collection<String> known) {
    return known.stream()
        .min(
            Comparator.<String>comparingInt(name -> distance(lower(typed), lower(name)))
                .thenComparing(Comparator.naturalOrder()))
        .orElseThrow();
  }

  private static int distance(String a, String b) {
    var costs = new int[a.length() + 1][b.length() + 1];
    for (var i = 0; i <= a.length(); i++) {
      for (var j = 0; j <= b.length(); j++) {
        costs[i][j] = i == 0 || j == 0 ? i + j : cheapest(costs, a, b, i, j);
      }
    }
    return costs[a.length()][b.length()];
  }

  private static int cheapest(int[][] costs, String a, String b, int i, int j) {
    var replaced = costs[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
    var cost = Math.min(replaced, 1 + Math.min(costs[i - 1][j], costs[i][j - 1]));
    var swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(cost, costs[i - 2][j - 2] + 1) : cost;
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
