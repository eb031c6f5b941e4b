package dev.toolwright.api.mcp;

import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Sse;
import dev.toolwright.mcp.McpError;
import dev.toolwright.mcp.McpRequest;
import tools.jackson.databind.node.ObjectNode;

/// What a server says at one address.
sealed interface Face permits Methods, HubMethods {
  /// The result of a handshake.
  ObjectNode initialized(McpRequest request);

  void answer(Client client, McpRequest request, Exchange exchange)
      throws McpError, InterruptedException;

  /// What the client says without wanting an answer.
  void notified(Client client, McpRequest request);

  /// Tells a client with a handshake of changes, as long as it listens.
  void hear(Client client, Sse stream) throws InterruptedException;
}
