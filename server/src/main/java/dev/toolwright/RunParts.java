package dev.toolwright;

import dev.toolwright.agent.AgentRunListener;
import dev.toolwright.agent.JobView;
import dev.toolwright.delivery.Deliveries;
import dev.toolwright.egress.Egress;
import dev.toolwright.run.Children;
import dev.toolwright.run.RunState;
import dev.toolwright.run.Runs;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;

/// The durable runs, and what follows from their ends.
record RunParts(Runs runs, Children children, Deliveries deliveries) {
  static RunParts open(Shared shared, Egress egress) {
    var clock = shared.clock();
    var deliveries =
        shared.keep(
            new Deliveries(
                shared.database(),
                egress,
                shared.vault(),
                (run, result, error) -> JobView.of(run, result, error, List.of(), clock.instant()),
                clock));
    var runs =
        new Runs(
            shared.database(),
            shared.notices(),
            List.of(new AgentRunListener(shared.credits()), deliveries));
    return new RunParts(runs, new Children(runs), deliveries);
  }

  /// How deep the queue is, asked at each scrape.
  void measure(MeterRegistry meters) {
    for (var state : List.of(RunState.READY, RunState.RUNNING, RunState.WAITING)) {
      Gauge.builder("toolwright.jobs", () -> runs.count(state))
          .tag("status", state.shown())
          .description("Jobs on all servers of this database")
          .register(meters);
    }
  }
}
