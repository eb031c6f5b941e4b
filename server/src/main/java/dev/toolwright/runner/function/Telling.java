package dev.toolwright.runner.function;

import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import dev.toolwright.sandbox.Outlet;
import dev.toolwright.tool.Progress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the code of a call says of its progress goes to whoever follows the call; what it asks for,
/// to its network.
///
/// @param network null: the tool has none
record Telling(Consumer<Progress> progress, @Nullable Outlet network) implements Outlet {
  @Override
  public boolean hasNetwork() {
    return network != null;
  }

  @Override
  public boolean hearsProgress() {
    return true;
  }

  @Override
  public Task take(byte[] question) {
    var told = told(question);
    if (told.isPresent()) {
      progress.accept(told.get());
      return _ -> answer("told", "");
    }
    return network == null
        ? _ -> answer("error", "There is no such question")
        : network.take(question);
  }

  private static Optional<Progress> told(byte[] question) {
    try {
      var said = Json.parse(question);
      return said.path("progress").isNumber() ? Optional.of(Progress.of(said)) : Optional.empty();
    } catch (MalformedJson e) {
      return Optional.empty();
    }
  }

  private static Answer answer(String name, String text) {
    return new Answer(Json.object().put(name, text), new byte[0], StandardCharsets.UTF_8);
  }

  @Override
  public boolean mayBeginAgain() {
    return network == null || network.mayBeginAgain();
  }
}
