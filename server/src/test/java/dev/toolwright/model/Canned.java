package dev.toolwright.model;

import dev.toolwright.egress.BodyReader;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/// Answers that are there already, word for word, each for one request.
final class Canned implements Http {
  final List<EgressRequest> sent = new ArrayList<>();
  private final Deque<EgressResponse> left;

  Canned(EgressResponse... responses) {
    left = new ArrayDeque<>(Arrays.asList(responses));
  }

  @Override
  public <T> T stream(EgressRequest request, Duration silence, BodyReader<T> reader)
      throws EgressException, InterruptedException {
    sent.add(request);
    var response = left.removeFirst();
    try {
      return reader.read(
          response.status(), response.headers(), new ByteArrayInputStream(response.body()));
    } catch (IOException e) {
      throw new EgressException(EgressException.Kind.BROKEN, "broken", true);
    }
  }
}
