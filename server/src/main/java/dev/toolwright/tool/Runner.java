package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.connection.Connection;
import dev.toolwright.json.Fields;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Runs the tools of one kind.
public interface Runner {
  /// The kind of configuration it runs.
  Class<? extends Config> runs();

  /// Notes every fault of a configuration that is about to be saved. Nothing of it is executed.
  ///
  /// @param caller who saves it: what it refers to must be theirs to use
  /// @param in hears of faults under the configuration's own names, such as `code`
  /// @return the configuration to store: the given one, perhaps with what was found out
  Config check(Caller caller, Config config, Fields in) throws InterruptedException;

  /// How often a failed attempt is repeated, where repeating does no harm.
  default Connection.Retry retry(Tool tool) {
    return new Connection.Retry(2, 200);
  }

  /// Whether it can run this tool at all on this server.
  default boolean isAvailable(Tool tool) {
    return true;
  }

  /// Why arguments that fit the schema cannot be run all the same, with an example of some that
  /// can; asked before anything is charged or run.
  default Optional<Outcome.Invalid> refused(Tool tool, ObjectNode arguments) {
    return Optional.empty();
  }

  /// What the answer comes to that a suspended call of this kind has waited for.
  default Outcome answered(Tool tool, JsonNode answer) {
    throw new IllegalStateException("tools of this kind do not wait");
  }

  /// Runs one attempt. What the tool or its remote does wrong is an [Outcome].
  ///
  /// @throws InterruptedException when the caller gave up; whatever ran is stopped then
  Outcome run(Invocation invocation) throws InterruptedException;
}
