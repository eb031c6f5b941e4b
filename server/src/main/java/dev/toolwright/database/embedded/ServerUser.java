package dev.toolwright.database.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Who runs the PostgreSQL programs: the starting user, or, because PostgreSQL refuses root, an
/// unprivileged one.
///
/// @param prefix the words before a program that change to this user
/// @param uid the owner that the data directory must have
/// @param gid the group that it gets
public record ServerUser(List<String> prefix, int uid, int gid) {
  private static final int NOBODY = 65534;

  public ServerUser {
    prefix = List.copyOf(prefix);
  }

  /// Whether this process runs as root.
  public static boolean startedByRoot() {
    return currentUid() == 0;
  }

  /// Picks the first way in which this machine lets `program` run.
  ///
  /// @throws EmbeddedPostgresException when there is none
  public static ServerUser able(Path program) throws InterruptedException {
    var current = currentUid();
    if (current != 0) {
      return new ServerUser(List.of(), current, -1);
    }
    var unprivileged = account();
    if (unprivileged.runs(program)) {
      return unprivileged;
    }
    // A user namespace maps us to "nobody" for PostgreSQL's check; files stay root's.
    var namespace = new ServerUser(List.of("unshare", "-U"), 0, 0);
    if (namespace.runs(program)) {
      return namespace;
    }
    throw new EmbeddedPostgresException(
        "PostgreSQL refuses to run as root and neither setpriv (package util-linux) nor user"
            + " namespaces work here, or "
            + program
            + " cannot be reached by uid "
            + unprivileged.uid
            + ": start Toolwright as an unprivileged user, or set"
            + " TOOLWRIGHT_DATABASE_URL=postgresql://user:password@host:5432/database");
  }

  /// The words that run `program` as this user.
  public List<String> command(Path program, List<String> arguments) {
    var words = new ArrayList<>(prefix);
    words.add(program.toString());
    words.addAll(arguments);
    return words;
  }

  /// Makes `path`, and what is below it, this user's own. Only root can give files away; another
  /// user is told whose they are.
  void own(Path path) throws IOException {
    var owner = (int) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    if (owner == uid) {
      return;
    }
    if (!startedByRoot()) {
      throw new EmbeddedPostgresException(
          "%s belongs to another user (uid %d, we are uid %d): change its owner, or choose another --home"
              .formatted(path, owner, uid));
    }
    try (var below = Files.walk(path)) {
      for (var file : (Iterable<Path>) below::iterator) {
        Files.setAttribute(file, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(file, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
      }
    }
  }

  private boolean runs(Path program) throws InterruptedException {
    return Command.run(Path.of("/"), 10, command(program, List.of("--version"))).succeeded();
  }

  private static ServerUser account() {
    var uid = NOBODY;
    var gid = NOBODY;
    try {
      for (var line : Files.readAllLines(Path.of("/etc/passwd"))) {
        var fields = line.split(":", -1);
        if (fields.length > 3 && fields[0].equals("toolwright") && !fields[2].equals("0")) {
          uid = Integer.parseInt(fields[2]);
          gid = Integer.parseInt(fields[3]);
        }
      }
    } catch (IOException | NumberFormatException e) {
      uid = NOBODY;
      gid = NOBODY;
    }
    return new ServerUser(
        List.of("setpriv", "--reuid=" + uid, "--regid=" + gid, "--clear-groups", "--no-new-privs"),
        uid,
        gid);
  }

  private static int currentUid() {
    try {
      var probe =
          Files.exists(Path.of("/proc/self")) ? "/proc/self" : System.getProperty("user.home");
      return (int) Files.getAttribute(Path.of(probe), "unix:uid");
    } catch (IOException | UnsupportedOperationException e) {
      throw new EmbeddedPostgresException(
          "The embedded PostgreSQL runs on Linux and macOS only; set"
              + " TOOLWRIGHT_DATABASE_URL=postgresql://user:password@host:5432/database",
          e);
    }
  }
}
