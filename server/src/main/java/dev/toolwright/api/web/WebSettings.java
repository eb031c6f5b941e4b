package dev.toolwright.api.web;

import java.time.Duration;
import java.util.List;

/// Where and how the server listens.
///
/// @param port 0: any free one
/// @param corsOrigins origins such as `https://app.example.com` whose pages may call with a header
///   token; empty: none
/// @param idleTimeout how long a connection may rest, or a read or write within a request make no
///   progress
/// @param grace how long a draining server lets running requests finish
public record WebSettings(
    String host, int port, List<String> corsOrigins, Duration idleTimeout, Duration grace) {
  public WebSettings {
    corsOrigins = List.copyOf(corsOrigins);
  }

  public WebSettings(String host, int port, List<String> corsOrigins) {
    this(host, port, corsOrigins, Duration.ofSeconds(30), Duration.ofSeconds(20));
  }
}
