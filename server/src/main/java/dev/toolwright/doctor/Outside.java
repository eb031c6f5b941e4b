package dev.toolwright.doctor;

import dev.toolwright.config.Settings;
import dev.toolwright.model.ModelSettings;
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
    var set = settings.models().byName().keySet();
    var shown = String.join(", ", set) + (set.size() == 1 ? " is set" : " are set");
    try {
      var providers =
          new ModelSettings(settings.models().byName(), settings.modelAliases()).providers();
      if (!providers.isEmpty()) {
        return Check.fine("models", shown + ": " + String.join(", ", providers) + " can be asked");
      }
    } catch (IllegalArgumentException e) {
      return Check.broken("models", shown, String.valueOf(e.getMessage()));
    }
    return Check.absent(
        "models",
        (set.isEmpty() ? "no model provider is set" : shown + ", which is not enough")
            + ": only the built-in rehearsal model answers",
        "set OPENAI_API_KEY, ANTHROPIC_API_KEY, AZURE_OPENAI_API_KEY with AZURE_OPENAI_ENDPOINT,"
            + " or OLLAMA_BASE_URL");
  }

  Check egress() {
    var allowed = settings.egressAllow();
    var denied = settings.egressDeny();
    var only = settings.egressOnly();
    var drivers = settings.driverHosts();
    return Check.fine(
        "egress",
        (allowed.isEmpty()
                ? "tools reach public addresses only"
                : "tools reach public addresses and " + String.join(", ", allowed))
            + (denied.isEmpty() ? "" : ", but not " + String.join(", ", denied))
            + (only.isEmpty() ? "" : ", of these only " + String.join(", ", only))
            + (drivers.isEmpty() ? "" : "; drivers reach " + String.join(", ", drivers)));
  }
}
