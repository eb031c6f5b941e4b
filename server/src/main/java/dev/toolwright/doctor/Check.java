package dev.toolwright.doctor;

/// One finding about this machine.
///
/// @param name what was looked at, a few words
/// @param finding what was found, one sentence without a full stop, never a secret
/// @param fix what to do, empty when there is nothing to do
public record Check(String name, Status status, String finding, String fix) {
  /// What a finding means for running Toolwright.
  public enum Status {
    /// Works.
    FINE("✓"),
    /// Something required is missing: `doctor` exits with 1.
    BROKEN("✗"),
    /// Not there, and not needed for everything.
    ABSENT("–");

    private final String mark;

    Status(String mark) {
      this.mark = mark;
    }
  }

  public static Check fine(String name, String finding) {
    return new Check(name, Status.FINE, finding, "");
  }

  public static Check broken(String name, String finding, String fix) {
    return new Check(name, Status.BROKEN, finding, fix);
  }

  public static Check absent(String name, String finding, String fix) {
    return new Check(name, Status.ABSENT, finding, fix);
  }

  String line() {
    var first = "%s %-18s %s%n".formatted(status.mark, name, finding);
    return fix.isEmpty() ? first : first + "  %-18s → %s%n".formatted("", fix);
  }
}
