package dev.toolwright.egress;

/// Whom a connection speaks to, before any look-up.
///
/// @param scheme `http`, `https`, or [#TCP] for a driver that opens its sockets itself
/// @param host lower case, without brackets and without a final dot
record Origin(String scheme, String host, int port) {
  static final String TCP = "tcp";

  @Override
  public String toString() {
    return scheme + "://" + host + ":" + port;
  }
}
