package dev.toolwright.doctor;

import dev.toolwright.config.Settings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/// Checks of the ways in and out.
record Outside(Settings settings) {
  Check port() {
    var where = settings.host() + ":" + settings.port();
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(settings.host(), settings.port()));
      return Check.fine("port", where + " is free");
    } catch (IOException e) {
      return Check.absent(
          "port",
          where + " is taken by a running Toolwright or another program, or is not this machine's",
          "choose another with --port or --host");
    }
  }

  Check models() {
    return settings.models().openAiKey().isPresent()
        ? Check.fine(
            "models",
            "OPENAI_API_KEY is set"
                + settings.models().openAiBaseUrl().map(url -> " for " + url).orElse(""))
        : Check.absent(
            "models",
            "OPENAI_API_KEY is not set: only the built-in rehearsal model answers",
            "set OPENAI_API_KEY, and OPENAI_BASE_URL for a compatible server");
  }

  Check egress() {
    var allowed = settings.egressAllow();
    var denied = settings.egressDeny();
    return Check.fine(
        "egress",
        (allowed.isEmpty()
                ? "tools reach public addresses only"
                : "tools reach public addresses and " + String.join(", ", allowed))
            + (denied.isEmpty() ? "" : ", but not " + String.join(", ", denied)));
  }
}
