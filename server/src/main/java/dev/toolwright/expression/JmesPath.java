package dev.toolwright.expression;

import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import io.burt.jmespath.BaseRuntime;
import io.burt.jmespath.Expression;
import io.burt.jmespath.JmesPathException;
import io.burt.jmespath.JmesPathType;
import io.burt.jmespath.RuntimeConfiguration;
import io.burt.jmespath.parser.ParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.DoubleNode;
import tools.jackson.databind.node.LongNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.StringNode;

/// JMESPath expressions over JSON. A function given the wrong type yields null, as a missing field
/// does.
public final class JmesPath {
  private static final Nodes NODES = new Nodes();

  private JmesPath() {}

  /// What is wrong with an expression; empty when nothing is.
  public static Optional<String> fault(String expression) {
    try {
      NODES.compile(expression);
      return Optional.empty();
    } catch (ParseException e) {
      var first = e.iterator();
      return Optional.of(
          "is no JMESPath expression"
              + (first.hasNext() ? ": a fault at character " + (first.next().position() + 1) : ""));
    } catch (JmesPathException _) {
      return Optional.of("is no JMESPath expression: it calls an unknown function, or one wrongly");
    }
  }

  /// The value of an expression that has no [#fault].
  public static JsonNode value(String expression, JsonNode of) {
    Expression<JsonNode> compiled = NODES.compile(expression);
    return compiled.search(of);
  }

  private static final class Nodes extends BaseRuntime<JsonNode> {
    Nodes() {
      super(RuntimeConfiguration.builder().withSilentTypeErrors(true).build());
    }

    @Override
    public JsonNode parseString(String text) {
      try {
        return Json.parse(text);
      } catch (MalformedJson _) {
        return createString(text);
      }
    }

    @Override
    public List<JsonNode> toList(JsonNode value) {
      var items = new ArrayList<JsonNode>();
      if (value.isArray()) {
        value.forEach(items::add);
      } else if (value.isObject()) {
        value.properties().forEach(field -> items.add(field.getValue()));
      }
      return items;
    }

    @Override
    public String toString(JsonNode value) {
      return value.isString() ? value.asString() : Json.write(value);
    }

    @Override
    public Number toNumber(JsonNode value) {
      return value.isNumber() ? value.numberValue() : Double.NaN;
    }

    @Override
    public boolean isTruthy(JsonNode value) {
      return switch (typeOf(value)) {
        case NULL -> false;
        case NUMBER -> true;
        case BOOLEAN -> value.booleanValue();
        case ARRAY, OBJECT -> !value.isEmpty();
        case STRING -> !value.asString().isEmpty();
      };
    }

    @Override
    public JmesPathType typeOf(JsonNode value) {
      return switch (value.getNodeType()) {
        case ARRAY -> JmesPathType.ARRAY;
        case OBJECT, POJO -> JmesPathType.OBJECT;
        case STRING, BINARY -> JmesPathType.STRING;
        case BOOLEAN -> JmesPathType.BOOLEAN;
        case NUMBER -> JmesPathType.NUMBER;
        case NULL, MISSING -> JmesPathType.NULL;
      };
    }

    @Override
    public JsonNode getProperty(JsonNode value, JsonNode name) {
      var found = value.get(name.asString());
      return found == null ? createNull() : found;
    }

    @Override
    public Collection<JsonNode> getPropertyNames(JsonNode value) {
      return value.propertyNames().stream().<JsonNode>map(StringNode::valueOf).toList();
    }

    @Override
    public JsonNode createNull() {
      return NullNode.instance;
    }

    @Override
    public JsonNode createArray(Collection<JsonNode> items) {
      var array = Json.array();
      items.forEach(array::add);
      return array;
    }

    @Override
    public JsonNode createString(String text) {
      return StringNode.valueOf(text);
    }

    @Override
    public JsonNode createBoolean(boolean value) {
      return BooleanNode.valueOf(value);
    }

    @Override
    public JsonNode createObject(Map<JsonNode, JsonNode> fields) {
      var object = Json.object();
      fields.forEach((name, value) -> object.set(name.asString(), value));
      return object;
    }

    @Override
    public JsonNode createNumber(double value) {
      return DoubleNode.valueOf(value);
    }

    @Override
    public JsonNode createNumber(long value) {
      return LongNode.valueOf(value);
    }
  }
}
