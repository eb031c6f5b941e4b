package dev.toolwright.container;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// What a container writes, as the engine sends it; of very much only the end.
final class Lines extends ResultCallback.Adapter<Frame> {
  private static final int LONGEST = 256 << 10;
  private final StringBuilder text = new StringBuilder();

  @Override
  public synchronized void onNext(Frame frame) {
    text.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
    text.delete(0, Math.max(0, text.length() - LONGEST));
  }

  /// Oldest first.
  synchronized List<String> last(int most) {
    var all = text.toString().lines().toList();
    return all.subList(Math.max(0, all.size() - most), all.size());
  }
}
