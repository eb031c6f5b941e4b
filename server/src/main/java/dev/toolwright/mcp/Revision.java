package dev.toolwright.mcp;

import java.util.List;

/// The protocol revisions spoken here.
public final class Revision {
  /// The stateless one: version and capabilities come with each request.
  public static final String MODERN = "2026-07-28";

  /// Those with a handshake, newest first.
  public static final List<String> LEGACY = List.of("2025-11-25", "2025-06-18", "2025-03-26");

  public static final List<String> SUPPORTED =
      List.of(MODERN, LEGACY.get(0), LEGACY.get(1), LEGACY.get(2));

  private Revision() {}

  /// The revision a legacy client gets that asks for `wanted`.
  public static String legacy(String wanted) {
    return LEGACY.contains(wanted) ? wanted : LEGACY.getFirst();
  }
}
