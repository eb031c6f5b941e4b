package dev.toolwright.workflow;

import dev.toolwright.json.Fields;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The order in which steps beside each other can run: finds what is unknown and what goes in a
/// circle.
final class Order {
  private final Fields in;
  private final String field;
  private final Map<String, GraphStep> byId = new HashMap<>();
  private final List<GraphStep> steps;

  Order(Fields in, String field, List<GraphStep> steps) {
    this.in = in;
    this.field = field;
    this.steps = List.copyOf(steps);
    steps.forEach(step -> byId.putIfAbsent(step.id(), step));
  }

  void check() {
    for (var i = 0; i < steps.size(); i++) {
      var step = steps.get(i);
      for (var before : step.dependencies()) {
        if (!byId.containsKey(before)) {
          in.fault(field + "[" + i + "].dependencies", "names no step beside it: " + before);
        }
      }
      if (step.when() != null) {
        for (var other : step.when().otherwise()) {
          if (!byId.containsKey(other)) {
            in.fault(field + "[" + i + "].otherwise", "names no step beside it: " + other);
          }
        }
      }
    }
    var done = new HashSet<String>();
    for (var step : steps) {
      if (circle(step.id(), new ArrayDeque<>(), done)) {
        return;
      }
    }
  }

  /// Notes the first circle, spelled out.
  private boolean circle(String id, Deque<String> path, Set<String> done) {
    if (path.contains(id)) {
      var circle = new ArrayList<>(path);
      var from = circle.subList(circle.indexOf(id), circle.size());
      in.fault(field, "go in a circle: " + String.join(" → ", from) + " → " + id);
      return true;
    }
    var step = byId.get(id);
    if (step == null || done.contains(id)) {
      return false;
    }
    path.addLast(id);
    for (var before : before(step)) {
      if (circle(before, path, done)) {
        return true;
      }
    }
    path.removeLast();
    done.add(id);
    return false;
  }

  /// What each step begins after: what it depends on, and for a sequential step the one sequential
  /// step before it. Sequential steps go in the order of their declaration as far as what they
  /// depend on allows. The steps make no circle.
  static Map<String, Set<String>> predecessors(List<GraphStep> steps) {
    var predecessors = new LinkedHashMap<String, Set<String>>();
    steps.forEach(step -> predecessors.put(step.id(), new HashSet<>(before(step))));
    String last = null;
    for (var step : sorted(steps)) {
      if (step.type() == GraphStep.Type.SEQUENTIAL) {
        if (last != null) {
          predecessors.computeIfAbsent(step.id(), _ -> new HashSet<>()).add(last);
        }
        last = step.id();
      }
    }
    return predecessors;
  }

  private static List<GraphStep> sorted(List<GraphStep> steps) {
    var left = new ArrayList<>(steps);
    var sorted = new ArrayList<GraphStep>();
    var ids = new HashSet<String>();
    while (!left.isEmpty()) {
      var next =
          left.stream()
              .filter(step -> ids.containsAll(before(step)))
              .findFirst()
              .orElseGet(left::getFirst);
      left.remove(next);
      sorted.add(next);
      ids.add(next.id());
    }
    return sorted;
  }

  private static List<String> before(GraphStep step) {
    var before = new ArrayList<>(step.dependencies());
    if (step.when() != null) {
      before.addAll(step.when().otherwise());
    }
    return before;
  }
}
