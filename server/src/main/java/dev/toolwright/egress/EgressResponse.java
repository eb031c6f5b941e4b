package dev.toolwright.egress;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The answer to an [EgressRequest]. `toString` leaves headers and body out: they may hold secrets.
///
/// @param headers names in lower case
public record EgressResponse(int status, Map<String, List<String>> headers, byte[] body) {
  /// The first value of a header. `name` in lower case.
  public Optional<String> header(String name) {
    return headers.getOrDefault(name, List.of()).stream().findFirst();
  }

  @Override
  public String toString() {
    return status + " with " + body.length + " bytes";
  }
}
