package dev.toolwright.worker;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// What a tool printed, as far as anyone will read it.
final class LogText extends OutputStream {
  /// The harness stops at 64 Ki characters and says so; no character of it takes more than 3 bytes
  /// each.
  private static final int MAX_BYTES = (64 << 10) * 3 + 200;

  private final ByteArrayOutputStream held = new ByteArrayOutputStream(0);

  @Override
  public synchronized void write(int value) {
    if (held.size() < MAX_BYTES) {
      held.write(value);
    }
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    held.write(bytes, offset, Math.min(length, MAX_BYTES - held.size()));
  }

  synchronized String text() {
    return held.toString(StandardCharsets.UTF_8);
  }
}
