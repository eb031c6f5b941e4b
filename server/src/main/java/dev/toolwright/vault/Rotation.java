package dev.toolwright.vault;

import dev.toolwright.config.Failpoint;
import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Puts every secret under a new master key while servers run. What is done is in the database
/// after each step, so that an interrupted rotation is continued by running it again, also on
/// another machine.
public final class Rotation {
  private static final int BATCH = 100;
  private static final Duration PAUSE = Duration.ofMillis(300);

  private final Database database;
  private final KeySources sources;
  private final Consumer<String> says;
  private final VaultKeyStore keys = new VaultKeyStore();
  private final SecretStore secrets = new SecretStore();

  /// @param says hears sentences for the operator
  public Rotation(Database database, VaultSettings settings, Consumer<String> says) {
    this.database = database;
    this.sources = new KeySources(settings);
    this.says = says;
  }

  /// Rotates, or continues the rotation that was interrupted.
  ///
  /// @return false if there are secrets that no key opens; the old key stays for their sake
  /// @throws VaultRefused if this machine does not hold the keys that the database needs
  public boolean run() throws VaultRefused, InterruptedException {
    if (database.direct(keys::keys).isEmpty()) {
      says.accept("There is no master key yet: the server's first start makes one.");
      return true;
    }
    var ring = KeyRing.open(sources, database);
    var next = next(ring);
    if (next.isPresent()) {
      spread(next.get());
      database.useTx(tx -> {
        keys.lock(tx);
        keys.promote(tx, next.get().id());
      });
      says.accept("New secrets are sealed with it from now on.");
      Failpoint.hit("secrets.afterPromotion");
    }
    return reseal(ring);
  }

  /// A line for each key and each running server.
  public List<String> status() {
    return database.inTx(tx -> {
      var lines = new ArrayList<String>();
      var uses = keys.uses(tx);
      for (var key : keys.keys(tx)) {
        lines.add(
            "key %s  %-8s %-10s %d secrets"
                .formatted(
                    key.id(),
                    state(key),
                    key.derivation() == null ? "key file" : "passphrase",
                    uses.getOrDefault(key.id(), 0L)));
        if (key.state() == StoredKey.State.NEXT) {
          keys.servers(tx, key.id())
              .forEach((node, held) ->
                  lines.add("  " + node + (held ? " holds it" : " does not hold it")));
        }
      }
      return lines;
    });
  }

  private static String state(StoredKey key) {
    return key.state().name().toLowerCase(Locale.ROOT);
  }

  /// The key that is to become the current one; empty when it is that already and secrets are still
  /// under an old one.
  private Optional<StoredKey> next(KeyRing ring) throws VaultRefused {
    var known = database.direct(keys::keys);
    var begun = inState(known, StoredKey.State.NEXT);
    if (begun.isPresent()) {
      if (!ring.ids().contains(begun.get().id())) {
        throw new VaultRefused(
            "A rotation to the key "
                + begun.get().id()
                + " was begun elsewhere. "
                + sources.hint(begun.get())
                + ", or run this where it was begun");
      }
      says.accept("Continuing the rotation to the key " + begun.get().id() + ".");
      return begun;
    }
    if (inState(known, StoredKey.State.OLD).isPresent()) {
      says.accept("Continuing the rotation: some secrets are still under an earlier key.");
      return Optional.empty();
    }
    try {
      return Optional.of(made(ring, known));
    } catch (IOException | UncheckedIOException e) {
      throw new VaultRefused(
          "The new key cannot be written to "
              + sources.file().path()
              + ". If that file is not the server's to write, put the new key there yourself, as"
              + " the first line (openssl rand -hex 32), keep the earlier line below, and run this"
              + " again");
    }
  }

  private StoredKey made(KeyRing ring, List<StoredKey> known) throws IOException, VaultRefused {
    var derivation = sources.derives() ? Derivation.fresh() : null;
    var given = derivation == null ? unknown(known) : Optional.<MasterKey>empty();
    var key =
        derivation == null ? given.orElseGet(MasterKey::generate) : sources.derive(derivation);
    var stored = StoredKey.of(key, StoredKey.State.NEXT, derivation);
    var registered =
        database.inTx(tx -> {
          keys.lock(tx);
          var other = inState(keys.keys(tx), StoredKey.State.NEXT);
          if (other.isPresent()) {
            return other.get();
          }
          if (derivation == null && given.isEmpty()) {
            sources.file().add(key);
            Failpoint.hit("secrets.afterFile");
          }
          keys.add(tx, stored);
          return stored;
        });
    if (!registered.id().equals(key.id())) {
      throw new VaultRefused("Another rotation has just begun; run this again to help it along");
    }
    ring.add(key);
    Failpoint.hit("secrets.afterKey");
    says.accept(
        "The new key is %s, %s."
            .formatted(
                key.id(),
                derivation == null
                    ? (given.isEmpty() ? "now the first line of " : "found in ")
                        + sources.file().path()
                    : "derived from the passphrase with a new salt"));
    return stored;
  }

  /// A key of the file that the database has never known: an operator put it there, or a rotation
  /// was interrupted before it counted.
  private Optional<MasterKey> unknown(List<StoredKey> known) throws IOException, VaultRefused {
    return sources.file().read().stream()
        .filter(key -> known.stream().noneMatch(key::is))
        .findFirst();
  }

  private static Optional<StoredKey> inState(List<StoredKey> known, StoredKey.State state) {
    return known.stream().filter(key -> key.state() == state).findFirst();
  }

  /// Waits until every running server holds the key.
  private void spread(StoredKey key) throws InterruptedException {
    var told = "";
    while (true) {
      var servers = database.direct(tx -> keys.servers(tx, key.id()));
      var waiting =
          servers.entrySet().stream()
              .filter(entry -> !entry.getValue())
              .map(Map.Entry::getKey)
              .collect(Collectors.joining(", "));
      if (waiting.isEmpty()) {
        says.accept(
            servers.isEmpty()
                ? "No server is running."
                : "Running servers that hold it: " + String.join(", ", servers.keySet()) + ".");
        return;
      }
      if (!waiting.equals(told)) {
        says.accept("Waiting for " + waiting + ". " + sources.hint(key) + ".");
        told = waiting;
      }
      TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
    }
  }

  /// Goes through the secrets until none is under an old key, then retires the old keys.
  private boolean reseal(KeyRing ring) throws InterruptedException {
    var done = 0;
    while (true) {
      var unreadable = new ArrayList<String>();
      var next = Optional.of(SecretStore.Place.BEFORE_ALL);
      while (next.isPresent()) {
        var after = next.get();
        var batch = database.inTx(tx -> batch(tx, ring, after));
        done += batch.resealed();
        unreadable.addAll(batch.unreadable());
        next = batch.last();
        Failpoint.hit("secrets.afterBatch");
      }
      var left = database.inTx(tx -> keys.retire(tx) == 0 ? 0 : secrets.countSealedByOld(tx));
      if (left == 0) {
        says.accept(finished(done));
        return true;
      }
      if (left <= unreadable.size()) {
        says.accept(
            "%d secrets are under the new key; %d cannot be opened with any key: %s. Enter them anew or delete them, then run this again."
                .formatted(done, left, String.join(", ", unreadable)));
        return false;
      }
      // Somebody is changing the rest, or sealed it before the promotion.
      TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
    }
  }

  private String finished(int done) {
    return "%d secrets are under the new key, and the earlier one is retired: it opens only backups of the database made before now. %s"
        .formatted(
            done,
            sources.derives()
                ? "Servers need no earlier passphrase any more."
                : "Back up "
                    + sources.file().path()
                    + " now, and keep it apart from the database.");
  }

  /// @param unreadable secrets that no key opens
  /// @param last the last secret that was looked at; empty when there was none
  private record Batch(int resealed, List<String> unreadable, Optional<SecretStore.Place> last) {}

  private Batch batch(Tx tx, KeyRing ring, SecretStore.Place after) {
    var current = ring.current(tx);
    var anew = new ArrayList<SecretStore.Found>();
    var unreadable = new ArrayList<String>();
    var found = secrets.sealedByOld(tx, after, BATCH);
    for (var one : found) {
      var at = one.place();
      var place = Vault.place(at.workspaceId(), at.id(), at.version());
      ring.find(tx, one.sealed().keyId())
          .flatMap(key -> key.open(one.sealed(), place))
          .ifPresentOrElse(
              plain -> anew.add(new SecretStore.Found(at, current.seal(plain, place))),
              () -> unreadable.add(at.id()));
    }
    if (!anew.isEmpty()) {
      secrets.reseal(tx, anew);
    }
    return new Batch(
        anew.size(),
        unreadable,
        found.isEmpty() ? Optional.empty() : Optional.of(found.getLast().place()));
  }
}
