package dev.toolwright.account;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// A clock that runs only when turned.
public final class TurnedClock implements InstantSource {
  private volatile Instant now;

  public TurnedClock(Instant now) {
    this.now = now;
  }

  @Override
  public Instant instant() {
    return now;
  }

  public void turn(Duration by) {
    now = now.plus(by);
  }
}
