package dev.toolwright.agent;

import java.util.List;

/// Agents for one industry that are made together.
///
/// @param id such as `healthcare`
public record AgentPack(String id, String name, String description, List<Member> agents) {
  public AgentPack {
    agents = List.copyOf(agents);
  }

  /// One agent of a pack: a template, made more special.
  ///
  /// @param instructions appended to the template's
  /// @param tools names, instead of the template's
  public record Member(
      String name,
      String description,
      String baseTemplate,
      String instructions,
      List<String> tools) {
    public Member {
      tools = List.copyOf(tools);
    }
  }
}
