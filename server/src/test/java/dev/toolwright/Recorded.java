package dev.toolwright;

import dev.toolwright.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The answers of the API description: what a server answered once, without what differs each time.
/// A file that people may polish; a test holds it against the server.
final class Recorded {
  private static final Path FILE = Path.of("src/main/resources/openapi/answers.json");
  private static final Pattern ID = Pattern.compile("\\b([a-z]+_)[0-9a-f]{24,64}\\b");
  private static final Pattern TIME =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z");

  /// An id as the Catalog face has it.
  private static final Pattern BARE_ID = Pattern.compile("^[0-9a-f]{24}$");

  /// Names that tests make up.
  private static final Pattern NAME = Pattern.compile("\\b(user|ws|head|owned)\\d+\\b");

  private static final Pattern SECRET_PATH =
      Pattern.compile("(/oauth/consent/|/approvals/|/hooks/)\\S+");

  /// Secrets that are shown once.
  private static final Pattern SECRET = Pattern.compile("whsec_[A-Za-z0-9+/=]+");

  private static final String ADDRESS = "http://127.0.0.1:8080";

  private final TreeMap<String, JsonNode> answers = new TreeMap<>();

  /// What is in the file.
  static Recorded read() throws IOException {
    var recorded = new Recorded();
    if (Files.exists(FILE)) {
      Json.stored(Files.readString(FILE))
          .properties()
          .forEach(answer -> recorded.answers.put(answer.getKey(), answer.getValue()));
    }
    return recorded;
  }

  void put(String operation, JsonNode answer) {
    answers.put(operation, example(answer));
  }

  void write() throws IOException {
    var all = Json.object();
    answers.forEach(all::set);
    Files.writeString(FILE, all.toPrettyString() + "\n");
  }

  /// An answer with the address that servers have when nobody says otherwise.
  static JsonNode atHome(JsonNode answer, String address) {
    return Json.stored(Json.write(answer).replace(address, ADDRESS));
  }

  private static JsonNode example(JsonNode answer) {
    if (answer.isString()) {
      return Json.tree(example(answer.asString()));
    }
    if (answer instanceof ObjectNode object) {
      var example = Json.object();
      object.properties().forEach(field -> example.set(field.getKey(), example(field.getValue())));
      return example;
    }
    if (!answer.isArray()) {
      return answer;
    }
    var example = Json.array();
    var objects = StreamSupport.stream(answer.spliterator(), false).filter(JsonNode::isObject);
    // One item shows the shape of all; the shortest does it best.
    var one = objects.min(Comparator.comparingInt(item -> Json.write(item).length()));
    if (one.isPresent()) {
      example.add(example(one.get()));
    } else {
      answer.forEach(item -> example.add(example(item)));
    }
    return example;
  }

  private static String example(String text) {
    var known = ID.matcher(text).replaceAll("$1…");
    known = SECRET_PATH.matcher(known).replaceAll("$1…");
    known = SECRET.matcher(known).replaceAll("whsec_…");
    known = NAME.matcher(known).replaceAll("$1…");
    known = BARE_ID.matcher(known).replaceAll("…");
    return TIME.matcher(known)
        .replaceAll(
            time -> time.group(1) == null ? "2026-11-20T10:00:00Z" : "2026-11-20T10:00:00.000Z");
  }
}
