package dev.toolwright.egress;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A stream that fails on the first byte beyond its limit and knows whether it was read to its end.
final class CappedStream extends FilterInputStream {
  /// More bytes came than are allowed.
  static final class Exceeded extends IOException {
    Exceeded() {
      super("The body is longer than allowed");
    }
  }

  private long left;
  private boolean ended;

  CappedStream(InputStream in, long limit) {
    super(in);
    this.left = limit;
  }

  boolean ended() {
    return ended;
  }

  @Override
  public int read() throws IOException {
    var value = super.read();
    count(value < 0 ? -1 : 1);
    return value;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    var count = super.read(target, offset, length);
    count(count);
    return count;
  }

  @Override
  public long skip(long count) throws IOException {
    var skipped = super.skip(count);
    count(skipped);
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private void count(long bytes) throws IOException {
    if (bytes < 0) {
      ended = true;
      return;
    }
    left -= bytes;
    if (left < 0) {
      throw new Exceeded();
    }
  }
}
