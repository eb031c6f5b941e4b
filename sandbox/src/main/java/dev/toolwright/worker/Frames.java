package dev.toolwright.worker;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What the server and the worker tell each other: the length in 4 bytes, then a letter, the number
/// of the call in 8 bytes, its time in 4 bytes of milliseconds (from the server only), and texts,
/// each with its length in 4 bytes before its UTF-8.
final class Frames {
  private static final int MAX_IN = 16 << 20;

  private final DataInputStream in;
  private final DataOutputStream out;
  private final ReentrantLock writing = new ReentrantLock();

  Frames(DataInputStream in, DataOutputStream out) {
    this.in = in;
    this.out = out;
  }

  /// An order of the server: `C` run, `P` parse, `X` take types out, `T` try to escape, `A` an
  /// answer to what a call asked, `K` end a call.
  record Order(char letter, long number, int millis, List<String> texts) {
    String text(int place) {
      return place < texts.size() ? texts.get(place) : "";
    }
  }

  /// The next order; null at the end.
  @Nullable Order next() throws IOException {
    int length;
    try {
      length = in.readInt();
    } catch (EOFException e) {
      return null;
    }
    if (length < 13 || length > MAX_IN) {
      throw new IOException("impossible frame");
    }
    var frame = ByteBuffer.wrap(in.readNBytes(length));
    var letter = (char) frame.get();
    var number = frame.getLong();
    var millis = frame.getInt();
    var texts = new ArrayList<String>();
    while (frame.hasRemaining()) {
      var bytes = new byte[frame.getInt()];
      frame.get(bytes);
      texts.add(new String(bytes, StandardCharsets.UTF_8));
    }
    return new Order(letter, number, millis, List.copyOf(texts));
  }

  /// Says `H` ready, `F` unfit, `Q` what a call asks or `R` its result.
  void say(char letter, long number, List<String> texts) throws IOException {
    var frame = new ByteArrayOutputStream();
    var body = new DataOutputStream(frame);
    body.writeByte(letter);
    body.writeLong(number);
    for (var text : texts) {
      var bytes = text.getBytes(StandardCharsets.UTF_8);
      body.writeInt(bytes.length);
      body.write(bytes);
    }
    writing.lock();
    try {
      out.writeInt(frame.size());
      frame.writeTo(out);
      out.flush();
    } finally {
      writing.unlock();
    }
  }
}
