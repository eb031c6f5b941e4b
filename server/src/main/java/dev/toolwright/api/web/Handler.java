package dev.toolwright.api.web;

/// What a route does. A `Problem` thrown becomes its answer; any other exception a 500 without
/// internals.
@FunctionalInterface
public interface Handler {
  void handle(Exchange exchange) throws Exception;
}
