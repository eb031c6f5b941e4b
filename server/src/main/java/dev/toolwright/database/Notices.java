package dev.toolwright.database;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hints between nodes that something changed, by PostgreSQL's NOTIFY. A hint may be lost and may
/// come twice: whoever waits for one also looks each second. Most carry a topic and nothing else;
/// those that are said carry a text that nobody needs to have heard. They are sent outside
/// transactions and coalesced, because NOTIFY takes a cluster-wide lock at commit.
public final class Notices implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Notices.class);
  private static final String CHANNEL = "toolwright";
  private static final int MAX_PAYLOAD = 7_000;
  private static final long COALESCE_MILLIS = 5;
  private static final int RECONNECT_MILLIS = 500;

  /// Between a topic and its text.
  private static final char TEXT = ':';

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private final Database database;
  private final String self;
  private final Map<String, CopyOnWriteArrayList<Runnable>> listeners = new ConcurrentHashMap<>();
  private final Map<String, CopyOnWriteArrayList<Consumer<String>>> readers =
      new ConcurrentHashMap<>();
  private final LinkedBlockingQueue<String> outgoing = new LinkedBlockingQueue<>();
  private final Thread sender;
  private final Thread receiver;
  private volatile boolean closed;

  /// @param self this node's id: its own notices come back from PostgreSQL and are ignored, they
  ///   were heard locally
  public Notices(Database database, String self) {
    this.database = database;
    this.self = self;
    this.sender = Thread.ofVirtual().name("notices-send").start(this::send);
    this.receiver = Thread.ofVirtual().name("notices-receive").start(this::receive);
  }

  /// Tells everyone who listens to `topic`: on this node at once, elsewhere within milliseconds.
  /// Call it after the commit.
  public void add(String topic) {
    hear(topic);
    outgoing.add(topic);
  }

  /// Tells a text to everyone who listens to `topic` here, and elsewhere if asked to. There it does
  /// not come when it is longer than a notice can be: some 5 000 bytes.
  ///
  /// @param topic without space and colon
  public void say(String topic, String text, boolean elsewhere) {
    hear(topic, text);
    if (elsewhere) {
      var word = topic + TEXT + BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
      if (self.length() + 1 + word.length() < MAX_PAYLOAD) {
        outgoing.add(word);
      }
    }
  }

  /// Whether anybody on this node listens to what is said.
  public boolean isHeard(String topic) {
    return readers.containsKey(topic);
  }

  /// Runs `hint` whenever `topic` is told, until the answer is closed. `hint` must be quick and
  /// must not throw.
  public Subscription subscribe(String topic, Runnable hint) {
    return subscribed(listeners, topic, hint);
  }

  /// The same for texts that are said, each of which `reader` is given.
  public Subscription listen(String topic, Consumer<String> reader) {
    return subscribed(readers, topic, reader);
  }

  private static <T> Subscription subscribed(
      Map<String, CopyOnWriteArrayList<T>> all, String topic, T one) {
    // Not two steps: another's close could take the list away between them.
    all.compute(
        topic,
        (_, ones) -> {
          var list = ones == null ? new CopyOnWriteArrayList<T>() : ones;
          list.add(one);
          return list;
        });
    return () ->
        all.computeIfPresent(
            topic,
            (_, ones) -> {
              ones.remove(one);
              return ones.isEmpty() ? null : ones;
            });
  }

  /// An open subscription; closing it twice does no harm.
  @FunctionalInterface
  public interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  private void hear(String topic) {
    for (var hint : listeners.getOrDefault(topic, new CopyOnWriteArrayList<>())) {
      hint.run();
    }
  }

  private void hear(String topic, String text) {
    for (var reader : readers.getOrDefault(topic, new CopyOnWriteArrayList<>())) {
      reader.accept(text);
    }
  }

  private void hearWord(String word) {
    var colon = word.indexOf(TEXT);
    if (colon < 0) {
      hear(word);
    } else {
      var text = Base64.getUrlDecoder().decode(word.substring(colon + 1));
      hear(word.substring(0, colon), new String(text, StandardCharsets.UTF_8));
    }
  }

  private void send() {
    while (!closed) {
      try {
        var topics = new LinkedHashSet<String>();
        topics.add(outgoing.take());
        TimeUnit.MILLISECONDS.sleep(COALESCE_MILLIS);
        outgoing.drainTo(topics);
        database.direct(tx -> {
          for (var payload : payloads(topics)) {
            NoticeStore.send(tx, CHANNEL, payload);
          }
          return true;
        });
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        LOG.debug("A notice was not sent; readers look each second", e);
      }
    }
  }

  private List<String> payloads(Set<String> topics) {
    var payloads = new ArrayList<String>();
    var payload = new StringBuilder(self);
    for (var topic : topics) {
      if (payload.length() + topic.length() >= MAX_PAYLOAD) {
        payloads.add(payload.toString());
        payload = new StringBuilder(self);
      }
      payload.append(' ').append(topic);
    }
    payloads.add(payload.toString());
    return payloads;
  }

  private void receive() {
    while (!closed) {
      try (var connection = database.dedicated("notices", Duration.ZERO)) {
        listen(connection);
      } catch (SQLException e) {
        if (!pause()) {
          return;
        }
      }
    }
  }

  private boolean pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(RECONNECT_MILLIS);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private void listen(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("listen " + CHANNEL);
    }
    // Whatever was told while nobody listened is lost, so everyone looks once.
    listeners.keySet().forEach(this::hear);
    var notifications = connection.unwrap(PGConnection.class);
    while (!closed) {
      for (var notification : orEmpty(notifications.getNotifications(0))) {
        var words = notification.getParameter().split(" ", -1);
        if (!words[0].equals(self)) {
          for (var i = 1; i < words.length; i++) {
            hearWord(words[i]);
          }
        }
      }
    }
  }

  private static org.postgresql.PGNotification[] orEmpty(
      org.postgresql.PGNotification @Nullable [] notifications) {
    return notifications == null ? new org.postgresql.PGNotification[0] : notifications;
  }

  @Override
  public void close() {
    closed = true;
    sender.interrupt();
    receiver.interrupt();
  }
}
