package dev.toolwright.tool;

import dev.toolwright.connection.AuthDraft;
import dev.toolwright.json.Fields;
import dev.toolwright.vault.Secret;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The secrets of a function as somebody wants them: all there are to be, by name.
///
/// @param kept those that stay what they are: their mask was sent back
public record SecretsDraft(Map<String, Secret> given, Set<String> kept) {
  private static final int MOST = 20;
  private static final int LONGEST = 10_000;
  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");

  public SecretsDraft {
    given = Map.copyOf(given);
    kept = Set.copyOf(kept);
  }

  /// Reads an object of names and values; null when nothing is said of it.
  public static @Nullable SecretsDraft read(Fields in, String field) {
    var sent = in.object(field);
    if (sent == null) {
      return in.names(field) ? new SecretsDraft(Map.of(), Set.of()) : null;
    }
    if (sent.size() > MOST) {
      in.fault(field, "must have at most " + MOST + " names");
    }
    var given = new TreeMap<String, Secret>();
    var kept = new TreeSet<String>();
    for (var secret : sent.properties()) {
      var name = field + "." + secret.getKey();
      var value = secret.getValue();
      if (!NAME.matcher(secret.getKey()).matches()) {
        in.fault(name, "must be named with a letter, then letters, digits, _ or -");
      } else if (!value.isString()
          || value.asString().isEmpty()
          || value.asString().length() > LONGEST) {
        in.fault(name, "must be a text of 1 to " + LONGEST + " characters");
      } else if (value.asString().equals(AuthDraft.MASK)) {
        kept.add(secret.getKey());
      } else {
        given.put(secret.getKey(), Secret.of(value.asString()));
      }
    }
    return new SecretsDraft(given, kept);
  }
}
