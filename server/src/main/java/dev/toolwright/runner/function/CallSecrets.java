package dev.toolwright.runner.function;

import dev.toolwright.egress.EgressResponse;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import dev.toolwright.sandbox.Outlet;
import dev.toolwright.vault.Redaction;
import dev.toolwright.vault.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The secrets of one call: opened when its first request needs them, and taken out of whatever
/// remotes answer before the code sees it.
final class CallSecrets {
  private static final Pattern CHARSET =
      Pattern.compile("(?i).*;\\s*charset\\s*=\\s*\"?([\\w.:+-]{1,40})\"?.*");

  private final Placeholders places;
  private final Supplier<Map<String, Secret>> vault;
  private @Nullable Opened opened;

  private record Opened(Map<String, Secret> values, Redaction redaction) {}

  /// @param names of the tool's secrets
  /// @param vault opens them
  CallSecrets(Set<String> names, Supplier<Map<String, Secret>> vault) {
    this.places = new Placeholders(names);
    this.vault = vault;
  }

  Placeholders places() {
    return places;
  }

  Map<String, Secret> values() {
    return opened().values();
  }

  private synchronized Opened opened() {
    var known = opened;
    if (known == null) {
      var values = vault.get();
      known = new Opened(values, redaction(values));
      opened = known;
    }
    return known;
  }

  /// Bytes that are no text are looked through as Latin-1, where each byte is a letter.
  private static Redaction redaction(Map<String, Secret> values) {
    var all = new ArrayList<Secret>(values.values());
    for (var value : values.values()) {
      var bytes = value.reveal().getBytes(StandardCharsets.UTF_8);
      all.add(Secret.of(new String(bytes, StandardCharsets.ISO_8859_1)));
    }
    return Redaction.of(all);
  }

  /// The answer of a remote as the code may see it.
  Outlet.Answer answer(EgressResponse response) {
    var redaction = opened().redaction();
    var headers = Json.object();
    response.headers().forEach((name, values) -> headers.put(name, String.join(", ", values)));
    var charset = charset(response);
    var head = Json.object().put("status", response.status());
    head.put("encoding", charset.name().toLowerCase(Locale.ROOT));
    head.set("headers", redaction.json(headers));
    return new Outlet.Answer(head, redacted(response.body(), charset, redaction), charset);
  }

  private static byte[] redacted(byte[] body, Charset charset, Redaction redaction) {
    Charset readAs = charset;
    String text;
    try {
      text = charset.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException e) {
      readAs = StandardCharsets.ISO_8859_1;
      text = new String(body, readAs);
    }
    // A text inside of a document is escaped twice, so a document is read as such first.
    var clean = redaction.text(documentCleared(text, redaction));
    return clean.equals(text) ? body : clean.getBytes(readAs);
  }

  private static String documentCleared(String text, Redaction redaction) {
    try {
      var document = Json.parse(text);
      var clean = redaction.json(document);
      return clean.equals(document) ? text : Json.write(clean);
    } catch (MalformedJson _) {
      return text;
    }
  }

  private static Charset charset(EgressResponse response) {
    var named = CHARSET.matcher(response.header("content-type").orElse(""));
    try {
      return named.matches() ? Charset.forName(named.group(1)) : StandardCharsets.UTF_8;
    } catch (IllegalArgumentException e) {
      return StandardCharsets.UTF_8;
    }
  }
}
