package dev.toolwright.sandbox;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Where a call takes its place from.
interface Share {
  /// @return false if no place became free within `nanos`
  boolean take(long nanos) throws InterruptedException;

  void give();

  /// So many places, first come, first served.
  static Share of(int places) {
    var free = new Semaphore(places, true);
    return new Share() {
      @Override
      public boolean take(long nanos) throws InterruptedException {
        return free.tryAcquire(nanos, TimeUnit.NANOSECONDS);
      }

      @Override
      public void give() {
        free.release();
      }
    };
  }

  /// What a user may take of the places.
  static Share of(Places places, String workspace, String user) {
    return new Share() {
      @Override
      public boolean take(long nanos) throws InterruptedException {
        return places.take(workspace, user, nanos);
      }

      @Override
      public void give() {
        places.give(workspace, user);
      }
    };
  }
}
