package dev.toolwright.database;

/// The one statement that sends a notice.
final class NoticeStore {
  private NoticeStore() {}

  static void send(Tx tx, String channel, String payload) {
    tx.handle()
        .createQuery("select pg_notify(:channel, :payload)")
        .bind("channel", channel)
        .bind("payload", payload)
        .mapTo(String.class)
        .list();
  }
}
