package dev.toolwright.model;

import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressResponse;

/// How a model client reaches its provider: `egress::send` in production.
@FunctionalInterface
public interface Http {
  EgressResponse send(EgressRequest request) throws EgressException, InterruptedException;
}
