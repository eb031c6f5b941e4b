package dev.toolwright.sandbox;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Puts the bytes of one child together: what it logged, what it asks for, and its result. Every
/// byte may be the tool's own. A record that does not fit makes the whole output forged, and later
/// bytes are ignored.
final class ChildOutput {
  static final int MAX_RESULT = 1 << 20;
  static final int MAX_LOGS = (64 << 10) + 100;
  private static final int HEADER = 5;
  private static final int NONCE = 16;

  private final byte[] nonce;
  private final Predicate<Pending.Event> asks;
  private final ByteArrayOutputStream logs = new ByteArrayOutputStream();
  private byte[] held = new byte[256];
  private int size;
  private volatile boolean forged;
  private @Nullable Answer answer;

  /// Of a child that has nothing to ask for.
  ChildOutput(byte[] nonce) {
    this(nonce, _ -> false);
  }

  /// @param asks hears what the child asks for, and answers whether it may
  ChildOutput(byte[] nonce, Predicate<Pending.Event> asks) {
    this.nonce = nonce;
    this.asks = asks;
  }

  /// What the child's wrapper says: a letter for the kind, and JSON.
  record Answer(char kind, byte[] json) {}

  /// Takes in more bytes.
  ///
  /// @return whether the output is complete or forged, so that more would change nothing
  boolean add(byte[] bytes) {
    if (over()) {
      return true;
    }
    if (size + bytes.length > held.length) {
      held = Arrays.copyOf(held, Math.max(held.length * 2, size + bytes.length));
    }
    System.arraycopy(bytes, 0, held, size, bytes.length);
    size += bytes.length;
    var taken = 0;
    while (!over()) {
      var used = record(taken);
      if (used == 0) {
        break;
      }
      taken += used;
    }
    System.arraycopy(held, taken, held, 0, size - taken);
    size -= taken;
    return over();
  }

  private boolean over() {
    return forged || answer != null;
  }

  /// Reads the record that begins at `start` and answers its length; 0 while it is incomplete.
  private int record(int start) {
    if (size - start < HEADER) {
      return 0;
    }
    var kind = held[start];
    var length = ByteBuffer.wrap(held).getInt(start + 1);
    if (length < 0 || length > limit(kind)) {
      forged = true;
      return 0;
    }
    if (size - start - HEADER < length) {
      return 0;
    }
    var body = start + HEADER;
    switch (kind) {
      case 'L' -> logs.write(held, body, length);
      case 'F' -> ask(new Pending.Event.Asked(Arrays.copyOfRange(held, body, body + length)));
      case 'M' -> ask(new Pending.Event.More());
      default -> result(body, length);
    }
    return HEADER + length;
  }

  /// The longest record of a kind; -1 for what is none.
  private int limit(byte kind) {
    return switch (kind) {
      case 'L' -> MAX_LOGS - logs.size();
      case 'F' -> Outlet.MAX_QUESTION;
      case 'M' -> 0;
      case 'R' -> NONCE + 1 + MAX_RESULT;
      default -> -1;
    };
  }

  private void ask(Pending.Event event) {
    if (!asks.test(event)) {
      forged = true;
    }
  }

  private void result(int body, int length) {
    var given = Arrays.copyOfRange(held, body, body + Math.min(NONCE, length));
    if (length <= NONCE || !MessageDigest.isEqual(given, nonce)) {
      forged = true;
      return;
    }
    var json = Arrays.copyOfRange(held, body + NONCE + 1, body + length);
    answer = new Answer((char) held[body + NONCE], json);
  }

  /// The result, or null if there is none that can be trusted to be the wrapper's.
  @Nullable Answer answer() {
    return forged ? null : answer;
  }

  boolean forged() {
    return forged;
  }

  /// What it says is not the wrapper's, as somebody else found out.
  void forge() {
    forged = true;
  }

  List<String> logs() {
    return logs.toString(StandardCharsets.UTF_8).lines().toList();
  }
}
