package dev.toolwright.json;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.regex.RegularExpression;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// JSON Schema 2020-12: checks schemas when they are saved and values when tools are called.
/// Patterns are RE2 (no catastrophic backtracking), references stay inside their document.
public final class Schemas {
  private static final int CACHED = 1_000;
  private static final int MAX_TEXT = 200_000;
  private static final int MAX_FAULTS = 20;
  private static final String META = "https://json-schema.org/draft/2020-12/schema";
  private static final Set<String> TYPES =
      Set.of("object", "array", "string", "number", "integer", "boolean", "null");

  private static final Set<String> REFERENCES = Set.of("$ref", "$dynamicRef");

  /// Keywords whose value names schemas freely.
  private static final Set<String> NAMED_SCHEMAS =
      Set.of(
          "properties",
          "patternProperties",
          "dependentSchemas",
          "dependencies",
          "$defs",
          "definitions");

  /// Keywords whose value is data, whatever it looks like.
  private static final Set<String> VALUES = Set.of("enum", "const", "default", "examples");

  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder
                  .schemaCacheEnabled(false)
                  .schemaRegistryConfig(
                      SchemaRegistryConfig.builder()
                          .regularExpressionFactory(Schemas::re2)
                          .build()));
  private final Schema meta =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(com.networknt.schema.SchemaLocation.of(META));

  /// Compiled schemas, least recently used first out.
  private final Map<ObjectNode, Schema> compiled =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ObjectNode, Schema> eldest) {
          return size() > CACHED;
        }
      };

  /// What is wrong with a value or a schema, and where.
  ///
  /// @param path such as `expenses[0].amount`; empty for the value itself
  public record Fault(String path, String message) {
    @Override
    public String toString() {
      return path.isEmpty() ? message : path + " " + message;
    }
  }

  /// Every fault of a parameters schema: it must describe an object, be valid, and be closed in
  /// itself.
  public List<Fault> faultsOf(ObjectNode schema) {
    var faults = new ArrayList<Fault>();
    if (Json.write(schema).length() > MAX_TEXT) {
      return List.of(new Fault("", "is larger than 200 000 characters"));
    }
    if (!schema.path("type").asString("").equals("object")) {
      faults.add(new Fault("type", "must be \"object\""));
    }
    for (var error : meta.validate(Json.write(schema), InputFormat.JSON)) {
      var fault = fault(error);
      // A misspelt type is told once, by what it may be; that a list would be allowed too helps
      // nobody.
      if (!isType(fault.path())
          || (!fault.path().equals("type") && "enum".equals(error.getKeyword()))) {
        add(faults, fault);
      }
    }
    walk(schema, "", faults);
    if (faults.isEmpty()) {
      try {
        compile(schema).validate("{}", InputFormat.JSON);
      } catch (RuntimeException e) {
        faults.add(new Fault("", "cannot be used: a reference in it leads nowhere"));
      } catch (StackOverflowError e) {
        faults.add(new Fault("", "cannot be used: a reference in it leads to itself"));
      }
    }
    return faults;
  }

  /// Every way in which `value` does not fit; empty when it does. `schema` was accepted by
  /// [#faultsOf].
  public List<Fault> check(ObjectNode schema, JsonNode value) {
    var faults = new ArrayList<Fault>();
    try {
      for (var error : compile(schema).validate(value)) {
        add(faults, fault(error));
      }
    } catch (RuntimeException e) {
      faults.add(new Fault("", "cannot be checked: a reference in the schema leads nowhere"));
    } catch (StackOverflowError e) {
      // Seen only with the value that takes the path.
      faults.add(new Fault("", "cannot be checked: a reference in the schema leads to itself"));
    }
    return faults;
  }

  private Schema compile(ObjectNode schema) {
    synchronized (compiled) {
      return compiled.computeIfAbsent(schema, registry::getSchema);
    }
  }

  private static void add(List<Fault> faults, Fault fault) {
    if (faults.size() < MAX_FAULTS && !faults.contains(fault)) {
      faults.add(fault);
    }
  }

  /// Whether a path in a schema leads to the keyword `type`, not to a property of that name.
  private static boolean isType(String path) {
    return path.equals("type") || (path.endsWith(".type") && !path.endsWith("properties.type"));
  }

  /// What the meta-schema does not see: references to elsewhere, patterns that RE2 cannot run. A
  /// word is a keyword only where a schema stands: a property may be named `default` or `$ref`.
  private static void walk(JsonNode node, String path, List<Fault> faults) {
    switch (node) {
      case ObjectNode schema ->
          schema
              .properties()
              .forEach(field ->
                  keyword(field.getKey(), field.getValue(), inside(path, field.getKey()), faults));
      case ArrayNode array -> {
        for (var i = 0; i < array.size(); i++) {
          walk(array.get(i), path + "[" + i + "]", faults);
        }
      }
      default -> {}
    }
  }

  private static void keyword(String name, JsonNode value, String path, List<Fault> faults) {
    if (REFERENCES.contains(name) && value.isString() && !value.asString().startsWith("#")) {
      add(faults, new Fault(path, "must stay inside this schema (start with #)"));
    } else if (name.equals("pattern") && value.isString()) {
      pattern(value.asString(), path, faults);
    } else if (NAMED_SCHEMAS.contains(name) && value instanceof ObjectNode named) {
      for (var one : named.properties()) {
        if (name.equals("patternProperties")) {
          pattern(one.getKey(), inside(path, one.getKey()), faults);
        }
        walk(one.getValue(), inside(path, one.getKey()), faults);
      }
    } else if (!VALUES.contains(name)) {
      walk(value, path, faults);
    }
  }

  private static String inside(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static void pattern(String regex, String path, List<Fault> faults) {
    try {
      Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      add(faults, new Fault(path, "must be a regular expression in RE2 syntax"));
    }
  }

  private static RegularExpression re2(String regex) {
    var pattern = Pattern.compile(regex);
    return value -> pattern.matcher(value).find();
  }

  private static Fault fault(Error error) {
    var path = path(error.getInstanceLocation().toString());
    var keyword = String.valueOf(error.getKeyword());
    if (keyword.equals("required") && error.getProperty() != null) {
      return new Fault(
          path.isEmpty() ? error.getProperty() : path + "." + error.getProperty(), "is required");
    }
    if (keyword.equals("additionalProperties") && error.getProperty() != null) {
      return new Fault(
          path.isEmpty() ? error.getProperty() : path + "." + error.getProperty(),
          "is not a known property");
    }
    if (keyword.equals("enum") && isType(path)) {
      return new Fault(
          path, "must be one of " + String.join(", ", TYPES.stream().sorted().toList()));
    }
    return new Fault(path, error.getMessage());
  }

  /// `/a/0/b` as `a[0].b`.
  private static String path(String pointer) {
    var path = new StringBuilder();
    for (var part : pointer.split("/", -1)) {
      if (part.isEmpty()) {
        continue;
      }
      if (part.chars().allMatch(Character::isDigit)) {
        path.append('[').append(part).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(part.replace("~1", "/").replace("~0", "~"));
      }
    }
    return path.toString();
  }
}
