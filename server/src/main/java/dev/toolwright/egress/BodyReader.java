package dev.toolwright.egress;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/// Reads an answer while it arrives. Runs on another thread than the one that asked, which waits;
/// that thread's interruption and the request's deadline interrupt the reader.
@FunctionalInterface
public interface BodyReader<T> {
  /// @param headers names in lower case
  /// @param body decompressed, and capped: reading on throws; what is left unread is thrown away
  T read(int status, Map<String, List<String>> headers, InputStream body)
      throws IOException, InterruptedException;
}
