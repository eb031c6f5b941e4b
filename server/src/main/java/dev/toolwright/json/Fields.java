package dev.toolwright.json;

import com.google.re2j.Pattern;
import dev.toolwright.http.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads a JSON object field by field and collects every fault before refusing. A field that is
/// absent and one that is `null` read the same (`null`, or the fallback); `has` tells whether a
/// value was sent. What is asked for is known; `finish` makes a fault of every other name. A reader
/// that has noted a fault returns a harmless value, so call `finish` before acting on any of them.
///
/// Lengths count Unicode code points. Faults name the field with its path: `auth.token`,
/// `agents[2].role`.
public final class Fields {
  private static final int SHOWN_NAME = 100;
  private static final int NEAR = 2;

  private final ObjectNode object;
  private final String prefix;
  private final List<String> faults;
  private final TreeSet<String> known = new TreeSet<>();
  private final List<Fields> inner = new ArrayList<>();
  private final Map<String, String> spellings = new LinkedHashMap<>();

  private Fields(ObjectNode object, String prefix, List<String> faults) {
    this.object = object;
    this.prefix = prefix;
    this.faults = faults;
  }

  public static Fields of(ObjectNode object) {
    return new Fields(object, "", new ArrayList<>());
  }

  /// Whether the field was sent with a value other than `null`.
  public boolean has(String name) {
    return value(name) != null;
  }

  /// Whether the name was sent at all, `null` included: an explicit `null` can mean "clear".
  public boolean names(String name) {
    known.add(name);
    return object.has(name);
  }

  /// A text of `min` to `max` characters that must be there. `""` when it is at fault.
  public String requiredText(String name, int min, int max) {
    var value = value(name);
    if (value == null) {
      fault(name, "is required");
      return "";
    }
    var text = textOf(name, value, max);
    if (text != null && text.codePointCount(0, text.length()) < min) {
      fault(name, min == 1 ? "must not be empty" : "must have at least " + min + " characters");
    }
    return text == null ? "" : text;
  }

  public @Nullable String text(String name, int max) {
    var value = value(name);
    return value == null ? null : textOf(name, value, max);
  }

  public String text(String name, int max, String fallback) {
    var text = text(name, max);
    return text == null ? fallback : text;
  }

  /// A text that the whole of `regex` (RE2 syntax) matches; otherwise the fault says `message`,
  /// such as "must be a letter followed by letters or digits".
  public @Nullable String pattern(String name, String regex, String message) {
    var text = text(name, Integer.MAX_VALUE);
    if (text != null && !Pattern.matches(regex, text)) {
      fault(name, message);
      return null;
    }
    return text;
  }

  /// One of `allowed`, spelled exactly so.
  public @Nullable String choice(String name, Collection<String> allowed) {
    var text = text(name, Integer.MAX_VALUE);
    if (text != null && !allowed.contains(text)) {
      fault(name, "must be one of " + String.join(", ", allowed));
      return null;
    }
    return text;
  }

  public @Nullable Double number(String name, double min, double max) {
    var value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      fault(name, "must be a number");
      return null;
    }
    var number = value.doubleValue();
    if (!(number >= min && number <= max)) {
      fault(name, "must be from " + plain(min) + " to " + plain(max));
      return null;
    }
    return number;
  }

  public double number(String name, double min, double max, double fallback) {
    var number = number(name, min, max);
    return number == null ? fallback : number;
  }

  /// A whole number; `3.0` is one.
  public @Nullable Integer integer(String name, int min, int max) {
    var value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isNumber() || value.doubleValue() != Math.rint(value.doubleValue())) {
      fault(name, "must be a whole number");
      return null;
    }
    var number = value.doubleValue();
    if (number < min || number > max) {
      fault(name, "must be from " + min + " to " + max);
      return null;
    }
    return (int) number;
  }

  public int integer(String name, int min, int max, int fallback) {
    var number = integer(name, min, max);
    return number == null ? fallback : number;
  }

  public @Nullable Boolean bool(String name) {
    var value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isBoolean()) {
      fault(name, "must be true or false");
      return null;
    }
    return value.booleanValue();
  }

  public boolean bool(String name, boolean fallback) {
    var value = bool(name);
    return value == null ? fallback : value;
  }

  /// A free-form object, taken whole.
  public @Nullable ObjectNode object(String name) {
    return switch (value(name)) {
      case null -> null;
      case ObjectNode found -> found;
      default -> {
        fault(name, "must be an object");
        yield null;
      }
    };
  }

  /// Any JSON value, taken whole.
  public @Nullable JsonNode any(String name) {
    return value(name);
  }

  /// A list of texts, each at most `maxLength` characters.
  public @Nullable List<String> texts(String name, int maxItems, int maxLength) {
    var array = array(name, maxItems);
    if (array == null) {
      return null;
    }
    var texts = new ArrayList<String>();
    for (int i = 0; i < array.size(); i++) {
      var text = textOf(name + "[" + i + "]", array.get(i), maxLength);
      texts.add(text == null ? "" : text);
    }
    return texts;
  }

  /// An object whose fields are read, and refused, like those of this one. Its faults and unknown
  /// names are reported by this one's `finish`.
  public @Nullable Fields nested(String name) {
    var found = object(name);
    return found == null ? null : inside(name, found);
  }

  /// A list of objects, each read like `nested`. `null` when absent.
  public @Nullable List<Fields> items(String name, int maxItems) {
    var array = array(name, maxItems);
    if (array == null) {
      return null;
    }
    var items = new ArrayList<Fields>();
    for (int i = 0; i < array.size(); i++) {
      var place = name + "[" + i + "]";
      if (array.get(i) instanceof ObjectNode item) {
        items.add(inside(place, item));
      } else {
        fault(place, "must be an object");
      }
    }
    return items;
  }

  /// Notes a fault: the field's path, a space, `message`.
  public void fault(String field, String message) {
    faults.add(prefix + spelled(field) + " " + message);
  }

  /// What the domain names `name` (and what lies in it) is told to clients as `spelling`: faces
  /// spell fields their own way.
  public Fields spell(String name, String spelling) {
    spellings.put(name, spelling);
    return this;
  }

  private String spelled(String field) {
    for (var spelling : spellings.entrySet()) {
      var name = spelling.getKey();
      if (field.equals(name) || field.startsWith(name + ".") || field.startsWith(name + "[")) {
        return spelling.getValue() + field.substring(name.length());
      }
    }
    return field;
  }

  /// Accepts fields that only the server sets and does nothing with them.
  public void ignore(String... serverOwned) {
    known.addAll(List.of(serverOwned));
  }

  /// Accepts fields that only the server sets, sent back as they were shown.
  public void unchanged(ObjectNode shown, String... serverOwned) {
    for (var name : serverOwned) {
      var sent = value(name);
      if (sent != null && !sent.equals(shown.get(name))) {
        fault(name, "is set by the server; leave it out or send it back as it was shown");
      }
    }
  }

  /// Accepts a version that was shown, now or earlier: it is the server that counts them.
  public void notNewer(String name, int current) {
    var sent = value(name);
    if (sent != null
        && !(sent.isIntegralNumber() && sent.asInt(0) >= 1 && sent.asInt(0) <= current)) {
      fault(name, "is set by the server; leave it out or send it back as it was shown");
    }
  }

  /// Refuses if anything was at fault.
  ///
  /// @throws Problem INVALID with all faults, unknown names among them
  public void finish() {
    noteUnknown();
    if (!faults.isEmpty()) {
      throw Problem.invalid(faults);
    }
  }

  private void noteUnknown() {
    for (var field : object.properties()) {
      var name = field.getKey();
      if (!known.contains(name)) {
        var near = nearest(name);
        var shown = name.length() > SHOWN_NAME ? name.substring(0, SHOWN_NAME) + "…" : name;
        faults.add(
            "unknown field \""
                + prefix
                + shown
                + "\""
                + (near == null ? "" : "; did you mean \"" + prefix + near + "\"?"));
      }
    }
    inner.forEach(Fields::noteUnknown);
  }

  private Fields inside(String name, ObjectNode found) {
    var fields = new Fields(found, prefix + name + ".", faults);
    inner.add(fields);
    return fields;
  }

  private @Nullable JsonNode value(String name) {
    known.add(name);
    var value = object.get(name);
    return value == null || value.isNull() ? null : value;
  }

  private @Nullable String textOf(String name, JsonNode value, int max) {
    if (!value.isString()) {
      fault(name, "must be a string");
      return null;
    }
    var text = value.stringValue();
    if (text.codePointCount(0, text.length()) > max) {
      fault(name, "must have at most " + max + " characters");
      return null;
    }
    return text;
  }

  private @Nullable ArrayNode array(String name, int maxItems) {
    return switch (value(name)) {
      case null -> null;
      case ArrayNode array when array.size() <= maxItems -> array;
      case ArrayNode _ -> {
        fault(name, "must have at most " + maxItems + " items");
        yield null;
      }
      default -> {
        fault(name, "must be an array");
        yield null;
      }
    };
  }

  private @Nullable String nearest(String name) {
    String best = null;
    var least = NEAR + 1;
    for (var candidate : known) {
      var distance = distance(name, candidate);
      if (distance < least && !object.has(candidate)) {
        best = candidate;
        least = distance;
      }
    }
    return best;
  }

  /// Edits between two names, case aside; `NEAR + 1` when they are plainly far apart.
  private static int distance(String a, String b) {
    if (Math.abs(a.length() - b.length()) > NEAR) {
      return NEAR + 1;
    }
    var row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      var diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        var same = Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(b.charAt(j - 1));
        var edited = diagonal + (same ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(edited, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
