package dev.toolwright.sandbox;

import java.nio.charset.Charset;
import java.time.Duration;
import tools.jackson.databind.node.ObjectNode;

/// What the code of a running call may ask the server for. It lies outside of the sandbox, and
/// whatever it is asked is a stranger's.
public interface Outlet {
  /// The longest question, in bytes.
  int MAX_QUESTION = 1 << 20;

  /// The most questions of one call, of whatever kind.
  int MAX_QUESTIONS = 150;

  /// Whether the code may make requests.
  default boolean hasNetwork() {
    return true;
  }

  /// Whether anybody hears how far the code has come.
  default boolean hearsProgress() {
    return false;
  }

  /// Takes a question in, in the order in which the code asks. Quick, and throws nothing.
  Task take(byte[] question);

  /// Asked when the worker died and took the call with it: whether the call may begin again. What
  /// is asked from then on belongs to the new beginning.
  boolean mayBeginAgain();

  /// A question that was taken in.
  @FunctionalInterface
  interface Task {
    /// Does what was asked for. Throws nothing else.
    ///
    /// @param left of the call's time
    Answer run(Duration left) throws InterruptedException;
  }

  /// @param head JSON for the worker's program
  /// @param charset of the body, where it is text
  record Answer(ObjectNode head, byte[] body, Charset charset) {
    String text() {
      return new String(body, charset);
    }
  }
}
