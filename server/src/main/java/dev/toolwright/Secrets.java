package dev.toolwright;

import dev.toolwright.config.Settings;
import dev.toolwright.vault.Rotation;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.VaultRefused;
import dev.toolwright.vault.VaultSettings;
import java.io.PrintStream;

/// The command `secrets`: works on the stored secrets of a server, whether it runs or not.
final class Secrets {
  private Secrets() {}

  /// @param command `rotate` or `status`
  static int run(String command, Settings settings, PrintStream out, PrintStream err)
      throws InterruptedException {
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

  static VaultSettings vault(Settings settings) {
    return new VaultSettings(
        settings.home(),
        settings.masterPassphrase().map(Secret::of),
        settings.masterPassphraseFile());
  }
}
