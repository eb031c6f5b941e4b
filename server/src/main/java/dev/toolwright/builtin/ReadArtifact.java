package dev.toolwright.builtin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.toolwright.artifact.Artifact;
import dev.toolwright.artifact.Artifacts;
import dev.toolwright.json.Json;
import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;
import java.util.function.IntFunction;
import tools.jackson.databind.node.ObjectNode;

/// `read_artifact`: a part of an artifact, or the places where a text occurs in it. Offsets are
/// bytes of the content; a text begins and ends with whole characters. What it answers is never so
/// large that it became an artifact itself.
public final class ReadArtifact implements Builtin {
  private static final int MOST_MATCHES = 20;

  /// Of text on each side of a match, in bytes.
  private static final int AROUND = 100;

  private final Artifacts artifacts;

  public ReadArtifact(Artifacts artifacts) {
    this.artifacts = artifacts;
  }

  @Override
  public String name() {
    return Artifact.READER;
  }

  @Override
  public Outcome run(Invocation call) {
    var id = call.arguments().path("artifact_id").asString();
    var artifact = artifacts.find(call.caller(), id).orElse(null);
    if (artifact == null) {
      return failed("There is no artifact " + id + " of yours, or it has expired");
    }
    if (!artifact.isText()) {
      return failed("The artifact is no text but " + artifact.contentType());
    }
    var offset = call.arguments().path("offset").asInt(0);
    var length = call.arguments().path("length").asInt(8_000);
    var search = call.arguments().path("search").asString("");
    return new Outcome.Succeeded(
        search.isEmpty()
            ? bounded(length, most -> part(artifact, offset, most))
            : found(artifact, offset, search));
  }

  private static Outcome failed(String message) {
    return new Outcome.Failed("execution_error", message, null, false);
  }

  /// The answer with as much as fits.
  private ObjectNode bounded(int most, IntFunction<ObjectNode> answer) {
    for (var size = most; ; size /= 2) {
      var made = answer.apply(size);
      if (size <= 1 || !artifacts.isLarge(Json.write(made))) {
        return made;
      }
    }
  }

  private ObjectNode part(Artifact artifact, int offset, int length) {
    var bytes = artifacts.content(artifact, offset, length + 1);
    var start = forward(bytes, 0);
    var end = bytes.length <= length ? bytes.length : back(bytes, length);
    var answer = answer(artifact).put("offset", offset + start);
    answer.put("text", text(bytes, start, end));
    return end < bytes.length ? answer.put("next_offset", offset + end) : answer;
  }

  private ObjectNode found(Artifact artifact, int offset, String search) {
    var bytes = artifacts.content(artifact, 0, Math.toIntExact(artifact.size()));
    var wanted = search.getBytes(UTF_8);
    return bounded(MOST_MATCHES, most -> matches(artifact, bytes, offset, wanted, most));
  }

  private static ObjectNode matches(
      Artifact artifact, byte[] bytes, int offset, byte[] wanted, int most) {
    var answer = answer(artifact);
    var matches = answer.putArray("matches");
    for (var at = offset; at <= bytes.length - wanted.length; at++) {
      if (isAt(bytes, at, wanted)) {
        if (matches.size() == most) {
          return answer.put("next_offset", at);
        }
        var end = at + wanted.length;
        var from = forward(bytes, Math.max(0, at - AROUND));
        var to = back(bytes, Math.min(bytes.length, end + AROUND));
        matches.addObject().put("offset", at).put("text", text(bytes, from, to));
        at = end - 1;
      }
    }
    return answer;
  }

  private static ObjectNode answer(Artifact artifact) {
    return Json.object().put("artifact_id", artifact.id()).put("size_bytes", artifact.size());
  }

  private static boolean isAt(byte[] bytes, int at, byte[] wanted) {
    for (var i = 0; i < wanted.length; i++) {
      if (folded(bytes[at + i]) != folded(wanted[i])) {
        return false;
      }
    }
    return true;
  }

  private static int folded(byte one) {
    return one >= 'A' && one <= 'Z' ? one + 32 : one;
  }

  private static String text(byte[] bytes, int start, int end) {
    return new String(bytes, start, end - start, UTF_8);
  }

  /// The first place from `at` on where a character begins.
  private static int forward(byte[] bytes, int at) {
    var place = at;
    while (place < bytes.length && isInside(bytes[place])) {
      place++;
    }
    return place;
  }

  /// The last place until `at` where a character begins, or the end.
  private static int back(byte[] bytes, int at) {
    var place = at;
    while (place > 0 && place < bytes.length && isInside(bytes[place])) {
      place--;
    }
    return place;
  }

  /// Whether a byte of UTF-8 goes on with a character.
  private static boolean isInside(byte one) {
    return (one & 0xc0) == 0x80;
  }
}
