package dev.toolwright.model;

import dev.toolwright.egress.BodyReader;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import java.time.Duration;

/// How a model client reaches its provider: `egress::stream` in production.
@FunctionalInterface
public interface Http {
  /// @param silence how long the provider may send nothing
  <T> T stream(EgressRequest request, Duration silence, BodyReader<T> reader)
      throws EgressException, InterruptedException;
}
