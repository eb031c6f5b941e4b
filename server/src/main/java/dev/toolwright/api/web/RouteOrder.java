package dev.toolwright.api.web;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;

/// Puts `/agents/list` before `/agents/{agent_id}`: the first that matches serves.
final class RouteOrder {
  private RouteOrder() {}

  /// @throws IllegalArgumentException when two routes are the same
  static List<Route> of(List<Route> routes) {
    var seen = new HashSet<String>();
    for (var route : routes) {
      var shape = route.method() + " " + route.path().replaceAll("\\{[^}]*}", "{}");
      if (!seen.add(shape)) {
        throw new IllegalArgumentException("Two routes are " + shape);
      }
    }
    return routes.stream().sorted(Comparator.comparing(RouteOrder::rank)).toList();
  }

  /// Segments compare one by one, fixed ones before places.
  private static String rank(Route route) {
    var rank = new StringBuilder();
    for (var segment : route.path().split("/", -1)) {
      rank.append(segment.startsWith("{") || segment.startsWith("<") ? '\uffff' : '0')
          .append(segment)
          .append('\0');
    }
    return rank.toString();
  }

  /// The methods a path answers, HEAD after GET, given the path as it was called.
  static List<String> methodsOf(List<Route> routes, String path) {
    return routes.stream()
        .filter(route -> matches(route.path(), path))
        .map(Route::method)
        .distinct()
        .sorted()
        .flatMap(method ->
            method.equals("GET") ? List.of("GET", "HEAD").stream() : List.of(method).stream())
        .toList();
  }

  private static boolean matches(String template, String path) {
    var expected = template.split("/", -1);
    var called = path.split("/", -1);
    if (template.contains("<")) {
      return path.startsWith(template.substring(0, template.indexOf('<')));
    }
    if (expected.length != called.length) {
      return false;
    }
    for (int i = 0; i < expected.length; i++) {
      var place = expected[i].startsWith("{");
      if (place ? called[i].isEmpty() : !expected[i].equals(called[i])) {
        return false;
      }
    }
    return true;
  }
}
