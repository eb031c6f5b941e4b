package dev.toolwright.agent;

import java.util.List;

/// A role that comes with the server and that agents are made from.
///
/// @param id such as `financial_analyst`
/// @param role the same word, for clients that group by it
/// @param defaultTools names; which of them an agent gets depends on who makes it
/// @param temperature 0 to 2
public record AgentTemplate(
    String id,
    String name,
    String role,
    String description,
    String instructions,
    List<String> defaultTools,
    String model,
    double temperature) {
  public AgentTemplate {
    defaultTools = List.copyOf(defaultTools);
  }
}
