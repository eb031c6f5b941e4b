package dev.toolwright.credit;

import java.util.Locale;

/// What a price list names. The same action costs the same through every door.
public enum PricedAction {
  AGENT_CREATE,
  /// An agent made from a template.
  AGENT_CUSTOMISE,
  AGENT_UPDATE,
  /// A job of an agent; of a workflow, each agent that runs.
  AGENT_RUN,
  TOOL_CREATE,
  TOOL_UPDATE,
  TOOL_TEST,
  /// A call in a run or over MCP.
  TOOL_CALL,
  WORKFLOW_CREATE,
  WORKFLOW_UPDATE;

  /// As ledger and statements spell it, such as `agent_create`.
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
