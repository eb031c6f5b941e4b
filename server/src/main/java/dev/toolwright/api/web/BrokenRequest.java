package dev.toolwright.api.web;

import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;

/// A request that stopped being HTTP, or stopped arriving, while its body was read.
final class BrokenRequest extends RuntimeException {
  private static final int DEPTH = 10;

  final int status;

  BrokenRequest(int status) {
    super("Broken request", null, false, false);
    this.status = status;
  }

  BrokenRequest(Throwable cause) {
    super("Broken request", cause, false, false);
    this.status = statusOf(cause);
  }

  private static int statusOf(Throwable thrown) {
    var cause = thrown;
    for (int i = 0; cause != null && i < DEPTH; i++) {
      if (cause instanceof HttpException http) {
        return http.getCode();
      }
      if (cause instanceof TimeoutException) {
        return 408;
      }
      cause = cause.getCause();
    }
    return 400;
  }
}
