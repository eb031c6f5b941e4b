package dev.toolwright.importer.openapi;

import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.DocumentEndEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// Builds a tree of YAML 1.2 event by event, so that depth and size are bounded while it is read:
/// an alias counts as often as it is used. Values are those of JSON: `no` and `1_000` are texts, a
/// tag of any other kind is refused, nothing is ever constructed.
final class YamlText {
  private static final int MAX_DEPTH = 100;
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][-+]?[0-9]{1,2})?");
  private static final Set<String> NULL = Set.of("", "~", "null", "Null", "NULL");
  private static final Set<String> TRUE = Set.of("true", "True", "TRUE");
  private static final Set<String> FALSE = Set.of("false", "False", "FALSE");
  private static final String OWN_TAGS = "tag:yaml.org,2002:";
  private static final Set<String> TAGS =
      Set.of("str", "int", "float", "bool", "null", "map", "seq");

  private final Iterator<Event> events;
  private final Map<String, Anchored> anchors = new HashMap<>();
  private int nodes;

  /// @param size how many values it stands for
  private record Anchored(JsonNode node, int size) {}

  private YamlText(Iterator<Event> events) {
    this.events = events;
  }

  static JsonNode read(String text) throws Unfit {
    var settings =
        LoadSettings.builder().setCodePointLimit(DocumentText.MAX_BYTES).setLabel("it").build();
    try {
      return new YamlText(new Parse(settings).parseString(text).iterator()).document();
    } catch (MarkedYamlEngineException e) {
      throw new Unfit(
          "cannot be read: malformed YAML"
              + e.getProblemMark()
                  .map(mark ->
                      " at line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1))
                  .orElse(""));
    } catch (YamlEngineException _) {
      throw new Unfit("cannot be read: malformed YAML");
    }
  }

  private JsonNode document() throws Unfit {
    events.next(); // the stream starts
    events.next(); // and its first document
    var root = events.next();
    var tree = root instanceof DocumentEndEvent ? NullNode.getInstance() : node(root, 1);
    events.next(); // the document ends
    if (events.next().getEventId() != Event.ID.StreamEnd) {
      throw new Unfit("has more than one YAML document");
    }
    return tree;
  }

  private JsonNode node(Event event, int depth) throws Unfit {
    if (depth > MAX_DEPTH) {
      throw new Unfit("is nested more than 100 levels deep");
    }
    var before = nodes;
    count(1);
    return switch (event) {
      case AliasEvent alias -> {
        var anchored = anchors.get(alias.getAlias().getValue());
        if (anchored == null) {
          throw new Unfit(
              "has an alias *" + alias.getAlias().getValue() + " to nothing, or to itself");
        }
        count(anchored.size() - 1);
        yield anchored.node();
      }
      case ScalarEvent scalar -> anchored(scalar.getAnchor(), scalar(scalar), before);
      case SequenceStartEvent start -> {
        tag(start.getTag());
        yield anchored(start.getAnchor(), list(depth), before);
      }
      case MappingStartEvent start -> {
        tag(start.getTag());
        yield anchored(start.getAnchor(), map(depth), before);
      }
      default -> throw new Unfit("cannot be read: malformed YAML");
    };
  }

  private void count(int more) throws Unfit {
    nodes += more;
    if (nodes > DocumentText.MAX_NODES) {
      throw new Unfit("has more than 500 000 values, aliases counted as often as they are used");
    }
  }

  private JsonNode anchored(Optional<Anchor> anchor, JsonNode node, int before) {
    anchor.ifPresent(one -> anchors.put(one.getValue(), new Anchored(node, nodes - before)));
    return node;
  }

  private JsonNode list(int depth) throws Unfit {
    var list = Json.array();
    for (var event = events.next(); !(event instanceof SequenceEndEvent); event = events.next()) {
      list.add(node(event, depth + 1));
    }
    return list;
  }

  private JsonNode map(int depth) throws Unfit {
    var map = Json.object();
    var merged = new ArrayList<ObjectNode>();
    for (var event = events.next(); !(event instanceof MappingEndEvent); event = events.next()) {
      if (!(event instanceof ScalarEvent key)) {
        throw new Unfit("has a mapping whose key is no text");
      }
      var value = node(events.next(), depth + 1);
      if (key.isPlain() && key.getValue().equals("<<")) {
        merge(value, merged);
      } else if (map.has(key.getValue())) {
        throw new Unfit("cannot be read: \"" + cut(key.getValue()) + "\" is given twice");
      } else {
        map.set(key.getValue(), value);
      }
    }
    merged.forEach(one ->
        one.properties()
            .forEach(field -> {
              if (!map.has(field.getKey())) {
                map.set(field.getKey(), field.getValue());
              }
            }));
    return map;
  }

  private static void merge(JsonNode value, List<ObjectNode> merged) throws Unfit {
    for (var one : value.isArray() ? value : List.of(value)) {
      if (!(one instanceof ObjectNode object)) {
        throw new Unfit("has a merge key << with something else than a mapping");
      }
      merged.add(object);
    }
  }

  private static JsonNode scalar(ScalarEvent scalar) throws Unfit {
    var tag = tag(scalar.getTag());
    var text = scalar.getValue();
    if (tag.equals("str") || (tag.isEmpty() && !scalar.isPlain())) {
      return StringNode.valueOf(text);
    }
    if (NULL.contains(text)) {
      return NullNode.getInstance();
    }
    if (TRUE.contains(text) || FALSE.contains(text)) {
      return BooleanNode.valueOf(TRUE.contains(text));
    }
    return NUMBER.matcher(text).matches() ? number(text) : StringNode.valueOf(text);
  }

  private static JsonNode number(String text) {
    try {
      return Json.parse(text.startsWith("+") ? text.substring(1) : text);
    } catch (MalformedJson _) {
      return StringNode.valueOf(text);
    }
  }

  /// The tag's own name, if it is one of JSON's kinds; empty when there is none.
  private static String tag(Optional<String> tag) throws Unfit {
    if (tag.isEmpty() || tag.get().equals("!")) {
      return tag.isEmpty() ? "" : "str";
    }
    var name =
        tag.get().startsWith(OWN_TAGS) ? tag.get().substring(OWN_TAGS.length()) : "something else";
    if (!TAGS.contains(name)) {
      throw new Unfit("has the tag " + cut(tag.get()) + ", which no OpenAPI document needs");
    }
    return name;
  }

  private static String cut(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }
}
