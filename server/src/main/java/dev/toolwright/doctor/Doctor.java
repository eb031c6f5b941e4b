package dev.toolwright.doctor;

import dev.toolwright.config.Settings;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Runs all checks and prints what they found.
public final class Doctor {
  private final List<Supplier<Check>> checks;

  /// @param further checks of packages that this one does not know, such as the sandbox's own
  public Doctor(Settings settings, List<Supplier<Check>> further) {
    var programs = new Programs(settings);
    var kernel = new Kernel();
    var storage = new Storage(settings);
    var outside = new Outside(settings);
    var all = new ArrayList<Supplier<Check>>();
    all.add(programs::java);
    all.add(programs::python);
    all.add(kernel::landlock);
    all.add(kernel::seccomp);
    all.add(programs::bubblewrap);
    all.add(programs::unprivileged);
    all.add(storage::home);
    all.add(storage::space);
    all.add(storage::postgresql);
    all.add(outside::port);
    all.add(outside::models);
    all.add(outside::egress);
    all.addAll(further);
    all.add(programs::maven);
    all.add(programs::node);
    this.checks = List.copyOf(all);
  }

  /// Every finding, in the order of the page.
  public List<Check> findings() {
    return checks.stream().map(Supplier::get).toList();
  }

  /// Prints the findings; true when nothing required is missing.
  public boolean report(PrintStream out) {
    var findings = findings();
    findings.forEach(finding -> out.print(finding.line()));
    var broken = findings.stream().filter(f -> f.status() == Check.Status.BROKEN).count();
    out.println();
    out.println(
        broken == 0
            ? "Everything that Toolwright needs is here."
            : broken + (broken == 1 ? " thing needs" : " things need") + " to be fixed (✗).");
    return broken == 0;
  }
}
