package dev.toolwright.run;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/// Wakes the parents of runs that end.
final class ChildEnds implements RunListener {
  private final RunStore runs = new RunStore();
  private final WaitStore waits = new WaitStore();

  @Override
  public void ended(Tx tx, List<Ended> all) {
    all.stream()
        .map(Ended::run)
        .filter(run -> run.parent() != null)
        .sorted(Comparator.comparing(run -> Objects.requireNonNull(run.parent()).runId()))
        .forEach(run -> tell(tx, run, Objects.requireNonNull(run.parent())));
  }

  private void tell(Tx tx, Run child, Parent parent) {
    // Whoever signals a run locks it first.
    if (runs.lock(tx, child.workspaceId(), parent.runId()).isPresent()) {
      var answer = Json.object().put("state", child.state().key());
      answer.put("workspace_id", child.workspaceId()).put("run_id", child.id());
      waits.answerParent(tx, child.workspaceId(), parent, answer, child.id());
      runs.wake(tx, child.workspaceId(), parent.runId(), false);
    }
  }
}
