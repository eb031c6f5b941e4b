package dev.toolwright.config;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The model vendors' own environment variables, as far as they are set. `toString` shows names
/// only.
///
/// @param values none of them blank
public record ModelAccess(Map<ModelVariable, String> values) {
  public ModelAccess {
    values = Map.copyOf(values);
  }

  public Optional<String> value(ModelVariable variable) {
    return Optional.ofNullable(values.get(variable));
  }

  /// The same by the variables' names.
  public Map<String, String> byName() {
    var byName = new TreeMap<String, String>();
    values.forEach((variable, value) -> byName.put(variable.name(), value));
    return byName;
  }

  @Override
  public String toString() {
    return "ModelAccess" + byName().keySet();
  }
}
