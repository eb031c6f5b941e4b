package dev.toolwright.container;

import java.util.Map;

/// The container that a tool's server is to run in. `toString` leaves the environment out: it holds
/// secrets.
///
/// @param installation whose it is, when several share an engine
/// @param toolId of the tool that it serves
/// @param fingerprint of all that it is made from: another makes another container
/// @param port that the server in it listens on
/// @param outbound whether it reaches the network
public record ContainerSpec(
    String installation,
    String toolId,
    String fingerprint,
    String image,
    int port,
    Map<String, String> environment,
    boolean outbound) {
  public ContainerSpec {
    environment = Map.copyOf(environment);
  }

  /// Of the container and of its network.
  String name() {
    return "toolwright-" + installation + "-" + toolId.substring(toolId.indexOf('_') + 1);
  }

  @Override
  public String toString() {
    return name() + " of " + image;
  }
}
