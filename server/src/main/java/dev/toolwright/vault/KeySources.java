package dev.toolwright.vault;

import dev.toolwright.config.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Where this server's master keys come from: the lines of its key file, and its passphrases. Both
/// files are read anew each time, for a rotation adds to them while the server runs.
final class KeySources {
  private static final int MIN_LENGTH = 12;
  private static final int MAX_BYTES = 10_000;

  private final VaultSettings settings;
  private final KeyFile file;

  KeySources(VaultSettings settings) {
    this.settings = settings;
    this.file = KeyFile.in(settings.home());
  }

  KeyFile file() {
    return file;
  }

  /// Whether new keys are derived from a passphrase.
  boolean derives() {
    return settings.passphrase().isPresent() || settings.passphraseFile().isPresent();
  }

  /// The key that the database means, if it is here.
  ///
  /// @throws VaultRefused if a file is damaged or open to others
  Optional<MasterKey> find(StoredKey stored) throws IOException, VaultRefused {
    var derivation = stored.derivation();
    if (derivation == null) {
      return file.read().stream().filter(key -> key.is(stored)).findFirst();
    }
    for (var passphrase : passphrases()) {
      var key = derivation.key(passphrase);
      if (key.is(stored)) {
        return Optional.of(key);
      }
    }
    return Optional.empty();
  }

  /// A key for new secrets, from the passphrase that comes first.
  MasterKey derive(Derivation derivation) throws IOException, VaultRefused {
    return derivation.key(passphrases().getFirst());
  }

  /// What to tell the operator when [#find] finds nothing.
  String complaint(StoredKey stored) {
    if (stored.derivation() != null) {
      return derives()
          ? "The master passphrase of "
              + named()
              + " is not the one of this database. Set the one that its secrets were stored under"
          : "The secrets of this database are sealed under a passphrase, and none is set. Set "
              + Setting.MASTER_PASSPHRASE.variable()
              + " or "
              + Setting.MASTER_PASSPHRASE_FILE.variable();
    }
    if (!Files.exists(file.path())) {
      return "The master key "
          + file.path()
          + " is missing, and the database holds secrets that only it opens. Restore the file"
          + " from a backup or copy it from another node";
    }
    return stored.state() == StoredKey.State.OLD
        ? "The master key "
            + file.path()
            + " lacks the earlier key "
            + stored.id()
            + ", which a rotation has not done with. Restore its line from a backup, or copy the"
            + " file from another node"
        : "The master key "
            + file.path()
            + " is not the one of this database. Restore the file from the backup that belongs to"
            + " the database, or copy it from another node";
  }

  /// What an operator does so that a server gets a key of a rotation; a sentence without its stop.
  String hint(StoredKey stored) {
    return stored.derivation() == null
        ? "Copy "
            + KeyFile.NAME
            + " of the server where the rotation was begun to its home (mode 600); it is read while"
            + " the server runs"
        : "Give it the master passphrase that the rotation was begun with, as the first of "
            + Setting.MASTER_PASSPHRASE_FILE.variable()
            + ", which is read while the server runs, or with a restart";
  }

  /// The setting's comes first; the file's others are for secrets of earlier ones.
  private List<Secret> passphrases() throws IOException, VaultRefused {
    var all = new ArrayList<Secret>();
    settings.passphrase().ifPresent(all::add);
    if (settings.passphraseFile().isPresent()) {
      all.addAll(lines(settings.passphraseFile().get()));
    }
    return all;
  }

  /// Whoever else may read the file is not asked: container platforms show such files to everybody
  /// inside.
  private static List<Secret> lines(Path path) throws IOException, VaultRefused {
    if (!Files.isReadable(path) || Files.size(path) > MAX_BYTES) {
      throw new VaultRefused("The file " + path + " of the master passphrase cannot be read");
    }
    var lines =
        Files.readAllLines(path).stream().map(String::strip).filter(l -> !l.isEmpty()).toList();
    if (lines.isEmpty() || lines.stream().anyMatch(line -> line.length() < MIN_LENGTH)) {
      throw new VaultRefused(
          "The file "
              + path
              + " must hold the master passphrase, one a line, of at least "
              + MIN_LENGTH
              + " characters each");
    }
    return lines.stream().map(Secret::of).toList();
  }

  private String named() {
    return settings.passphrase().isPresent()
        ? Setting.MASTER_PASSPHRASE.variable()
        : settings.passphraseFile().map(Path::toString).orElse("");
  }
}
