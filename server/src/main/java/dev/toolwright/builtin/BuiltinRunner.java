package dev.toolwright.builtin;

import dev.toolwright.account.Caller;
import dev.toolwright.json.Fields;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Runner;
import dev.toolwright.tool.Tool;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Runs `builtin` tools. One that is listed and does nothing yet says so.
public final class BuiltinRunner implements Runner {
  private final Map<String, Builtin> byName;

  public BuiltinRunner(List<Builtin> builtins) {
    byName = builtins.stream().collect(Collectors.toMap(Builtin::name, Function.identity()));
  }

  @Override
  public Class<? extends Config> runs() {
    return Config.Builtin.class;
  }

  @Override
  public Config check(Caller caller, Config config, Fields in) {
    in.fault("tool_type", "is of the server's own tools only");
    return config;
  }

  @Override
  public boolean isAvailable(Tool tool) {
    return tool.content().config() instanceof Config.Builtin(var name) && byName.containsKey(name);
  }

  @Override
  public Outcome run(Invocation call) throws InterruptedException {
    var name = ((Config.Builtin) call.tool().content().config()).name();
    var builtin = byName.get(name);
    return builtin == null
        ? new Outcome.Failed(
            "not_available",
            name
                + " is not available on this server yet; it has "
                + String.join(", ", new TreeSet<>(byName.keySet())),
            null,
            false)
        : builtin.run(call);
  }
}
