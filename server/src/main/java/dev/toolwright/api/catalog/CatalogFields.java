package dev.toolwright.api.catalog;

import dev.toolwright.http.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads a body field by field and words its faults as the clients of this face know them. A field
/// that is `null` counts as absent.
final class CatalogFields {
  private final ObjectNode body;
  private final boolean complete;
  private final List<String> faults = new ArrayList<>();
  private final Set<String> known = new HashSet<>();

  /// @param complete whether what is required must be there
  CatalogFields(ObjectNode body, boolean complete) {
    this.body = body;
    this.complete = complete;
  }

  boolean has(String name) {
    return value(name) != null;
  }

  @Nullable JsonNode value(String name) {
    known.add(name);
    var value = body.get(name);
    return value == null || value.isNull() ? null : value;
  }

  void fault(String text) {
    faults.add(text);
  }

  @Nullable String text(String name, int min, int max, boolean required) {
    var value = value(name);
    if (value == null && !(required && complete)) {
      return null;
    }
    if (value == null || !value.isString()) {
      fault(name + " must be a string");
      return null;
    }
    var text = value.asString();
    var length = text.codePointCount(0, text.length());
    if (length < min) {
      fault("%s must be longer than or equal to %d characters".formatted(name, min));
    }
    if (length > max) {
      fault("%s must be shorter than or equal to %d characters".formatted(name, max));
    }
    return text;
  }

  @Nullable String choice(String name, Collection<String> allowed, boolean required) {
    var value = value(name);
    if (value == null && !(required && complete)) {
      return null;
    }
    if (value == null || !value.isString() || !allowed.contains(value.asString())) {
      fault(name + " must be one of the following values: " + String.join(", ", allowed));
      return null;
    }
    return value.asString();
  }

  @Nullable Integer number(String name, int min, int max) {
    var value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber() && !(value.isNumber() && value.asDouble() % 1 == 0)) {
      fault(name + " must be an integer number");
      return null;
    }
    var number = value.asDouble();
    if (number < min) {
      fault(name + " must not be less than " + min);
    }
    if (number > max) {
      fault(name + " must not be greater than " + max);
    }
    return (int) number;
  }

  @Nullable ObjectNode object(String name, boolean required) {
    var value = value(name);
    if (value == null && !(required && complete)) {
      return null;
    }
    if (!(value instanceof ObjectNode object)) {
      fault(name + " must be an object");
      return null;
    }
    return object;
  }

  /// Accepts fields that only the server sets, as they were shown.
  void unchanged(ObjectNode shown, Collection<String> names) {
    for (var name : names) {
      var sent = value(name);
      if (sent != null && !sent.equals(shown.get(name))) {
        fault("property " + name + " should not be changed");
      }
    }
  }

  /// Accepts fields and does nothing with them.
  void ignore(Collection<String> names) {
    known.addAll(names);
  }

  /// @throws Problem 400 with every fault
  void finish() {
    body.propertyNames().stream()
        .filter(name -> !known.contains(name))
        .forEach(name -> fault("property " + name + " should not exist"));
    if (!faults.isEmpty()) {
      throw Problem.invalid(List.copyOf(faults));
    }
  }
}
