package dev.toolwright.vault;

import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The master keys that this server holds. It learns those of a rotation while it runs, and forgets
/// none: a secret that was just read may still be sealed with a key that was just retired.
final class KeyRing {
  private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);

  /// How long a key that is not here is not looked for again: deriving one is expensive on purpose.
  private static final long LOOK_AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

  private static final Duration SOON = Duration.ofSeconds(2);

  private final KeySources sources;
  private final VaultKeyStore store = new VaultKeyStore();
  private final Map<String, MasterKey> keys = new ConcurrentHashMap<>();
  private final Set<String> complained = new HashSet<>();
  private long looked = System.nanoTime() - LOOK_AGAIN_NANOS;

  private KeyRing(KeySources sources) {
    this.sources = sources;
  }

  /// The keys of a database that has never had one, made or adopted here; else the keys that its
  /// secrets need.
  ///
  /// @throws VaultRefused if one of them is missing, damaged, open to others or another database's
  static KeyRing open(KeySources sources, Database database) throws VaultRefused {
    var ring = new KeyRing(sources);
    try {
      var known = database.direct(ring.store::keys);
      if (known.isEmpty()) {
        known = ring.first(database);
      }
      for (var stored : known) {
        if (stored.state() != StoredKey.State.RETIRED) {
          ring.require(stored);
        }
      }
      return ring;
    } catch (IOException | UncheckedIOException e) {
      throw new VaultRefused(
          "The master key "
              + sources.file().path()
              + " cannot be read or written; check that its directory exists and belongs to the"
              + " server's user");
    }
  }

  /// Registers the first key; what another server registered meanwhile wins.
  private List<StoredKey> first(Database database) throws IOException, VaultRefused {
    var derivation = sources.derives() ? Derivation.fresh() : null;
    var present = derivation == null ? sources.file().read() : List.<MasterKey>of();
    var key =
        derivation != null
            ? sources.derive(derivation)
            : present.isEmpty() ? MasterKey.generate() : present.getFirst();
    var isNew = derivation == null && present.isEmpty();
    return database.inTx(tx -> {
      store.lock(tx);
      if (store.keys(tx).isEmpty()) {
        if (isNew) {
          sources.file().add(key);
        }
        store.add(tx, StoredKey.of(key, StoredKey.State.CURRENT, derivation));
      }
      return store.keys(tx);
    });
  }

  private void require(StoredKey stored) throws IOException, VaultRefused {
    var key = sources.find(stored);
    if (key.isPresent()) {
      add(key.get());
    } else if (stored.state() != StoredKey.State.NEXT) {
      throw new VaultRefused(sources.complaint(stored));
    }
  }

  void add(MasterKey key) {
    keys.put(key.id(), key);
  }

  Set<String> ids() {
    return Set.copyOf(keys.keySet());
  }

  /// The key that seals what is stored in this transaction.
  ///
  /// @throws Problem 503 if this server does not hold it
  MasterKey current(Tx tx) {
    return store
        .current(tx)
        .flatMap(id -> find(tx, id))
        .orElseThrow(() ->
            Problem.retryLater(
                Problem.Kind.UNAVAILABLE,
                "This server does not have the current master key; its log says what to do",
                SOON));
  }

  /// The key of that id; looked for where keys come from if it is not known yet.
  Optional<MasterKey> find(Tx tx, String id) {
    var known = keys.get(id);
    if (known == null) {
      learn(tx);
      known = keys.get(id);
    }
    return Optional.ofNullable(known);
  }

  /// Looks for the keys that the database names and this server does not hold.
  synchronized void learn(Tx tx) {
    if (System.nanoTime() - looked < LOOK_AGAIN_NANOS) {
      return;
    }
    for (var stored : store.keys(tx)) {
      if (stored.state() != StoredKey.State.RETIRED
          && !keys.containsKey(stored.id())
          && !learned(stored)) {
        looked = System.nanoTime();
      }
    }
  }

  private boolean learned(StoredKey stored) {
    var key = foundQuietly(stored);
    if (key != null) {
      add(key);
      LOG.info("Learned the master key {} of a rotation", stored.id());
    } else if (complained.add(stored.id())) {
      LOG.warn(
          "A rotation of the master key waits for this server, which lacks the key {}. {}",
          stored.id(),
          sources.hint(stored));
    }
    return key != null;
  }

  private @Nullable MasterKey foundQuietly(StoredKey stored) {
    try {
      return sources.find(stored).orElse(null);
    } catch (IOException | VaultRefused e) {
      LOG.warn("The master key {} cannot be looked for: {}", stored.id(), e.getMessage());
      return null;
    }
  }
}
