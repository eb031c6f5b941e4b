package dev.toolwright.json;

import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;

/// Text that is no JSON document, or one beyond the limits. The message names the place, never the
/// content.
public final class MalformedJson extends Exception {
  private MalformedJson(String message) {
    super(message, null, false, false);
  }

  static MalformedJson at(JacksonException e) {
    var reason =
        e instanceof StreamConstraintsException ? "JSON exceeds a limit" : "Malformed JSON";
    var place = e.getLocation();
    return new MalformedJson(
        place == null || place.getLineNr() < 0
            ? reason
            : reason + " at line " + place.getLineNr() + ", column " + place.getColumnNr());
  }
}
