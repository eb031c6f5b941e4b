package dev.toolwright;

import dev.toolwright.config.Settings;
import dev.toolwright.database.embedded.EmbeddedSettings;
import dev.toolwright.vault.Rotation;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.VaultRefused;
import dev.toolwright.vault.VaultSettings;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// The command `secrets`: works on the stored secrets of a server, whether it runs or not.
final class Secrets {
  private Secrets() {}

  /// @param command `rotate` or `status`
  static int run(String command, Settings settings, PrintStream out, PrintStream err)
      throws InterruptedException {
    if (settings.databaseAddress().isEmpty() && !hasServer(settings.home())) {
      err.println("No server has its home in " + settings.home() + ": check --home");
      return 1;
    }
    LogFile.console(settings);
    try (var foundation = Foundation.beside(settings)) {
      var rotation = new Rotation(foundation.database(), vault(settings), out::println);
      if (command.equals("status")) {
        rotation.status().forEach(out::println);
        return 0;
      }
      return rotation.run() ? 0 : 1;
    } catch (VaultRefused e) {
      err.println(e.getMessage());
      return 1;
    }
  }

  private static boolean hasServer(Path home) {
    return Files.exists(home) && Files.exists(EmbeddedSettings.below(home).data());
  }

  static VaultSettings vault(Settings settings) {
    return new VaultSettings(
        settings.home(),
        settings.masterPassphrase().map(Secret::of),
        settings.masterPassphraseFile());
  }
}
