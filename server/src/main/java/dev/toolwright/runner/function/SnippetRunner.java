package dev.toolwright.runner.function;

import dev.toolwright.account.Caller;
import dev.toolwright.json.Fields;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Runner;
import dev.toolwright.tool.Snippets;
import java.time.Duration;

/// Runs tools that are a snippet: as the snippet is now.
public final class SnippetRunner implements Runner {
  private final Snippets snippets;
  private final FunctionRunner functions;

  public SnippetRunner(Snippets snippets, FunctionRunner functions) {
    this.snippets = snippets;
    this.functions = functions;
  }

  @Override
  public Class<? extends Config> runs() {
    return Config.Snippet.class;
  }

  @Override
  public Config check(Caller caller, Config config, Fields in) {
    var id = ((Config.Snippet) config).snippetId();
    if (snippets.usableBy(caller.workspaceId(), caller.userId(), id).isEmpty()) {
      in.fault("implementation.snippet_id", "names no snippet that you may use: " + id);
    }
    return config;
  }

  @Override
  public Outcome run(Invocation call) throws InterruptedException {
    var tool = call.tool();
    var id = ((Config.Snippet) tool.content().config()).snippetId();
    var snippet = snippets.usableBy(tool.workspaceId(), tool.ownerId(), id);
    if (snippet.isEmpty()) {
      return new Outcome.Denied(
          "The snippet of this tool is gone, or its owner may not use it any more");
    }
    var content = snippet.get().content();
    var limit = Duration.ofMillis(content.timeoutMs());
    return functions.run(
        call.with(
            tool.with(snippet.get().function()),
            limit.compareTo(call.timeout()) < 0 ? limit : call.timeout()));
  }
}
