package dev.toolwright.sandbox;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The right to execute now. There are few places; a workspace holds at most half of them, a user
/// at most half of those, and the last one of a workspace is only for a user who holds none. So
/// nobody's slow calls keep another user waiting. A free place goes to the waiting workspace that
/// holds fewest, then to the one that was served longest ago; within it, to such a user.
final class Places {
  private final int all;
  private final int perWorkspace;
  private final int perUser;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Group> workspaces = new HashMap<>();
  private int taken;
  private long turn;

  Places(int all) {
    this.all = all;
    this.perWorkspace = Math.max(1, all / 2);
    this.perUser = Math.max(1, perWorkspace / 2);
  }

  /// Takes a place, waiting for one at most `nanos`.
  ///
  /// @return false if none became free in time
  boolean take(String workspace, String user, long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      var group = workspaces.computeIfAbsent(workspace, Group::new);
      var holder = group.users.computeIfAbsent(user, name -> new Holder(group, name));
      var waiter = new Waiter(lock.newCondition());
      holder.waiting.add(waiter);
      grant();
      return await(holder, waiter, nanos);
    } finally {
      lock.unlock();
    }
  }

  private boolean await(Holder holder, Waiter waiter, long nanos) throws InterruptedException {
    var left = nanos;
    try {
      while (!waiter.granted && left > 0) {
        left = waiter.changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      if (waiter.granted) {
        release(holder);
      }
      throw e;
    } finally {
      if (!waiter.granted) {
        holder.waiting.remove(waiter);
        forget(holder);
      }
    }
    return waiter.granted;
  }

  void give(String workspace, String user) {
    lock.lock();
    try {
      var group = workspaces.get(workspace);
      var holder = group == null ? null : group.users.get(user);
      if (holder != null) {
        release(holder);
      }
    } finally {
      lock.unlock();
    }
  }

  private void release(Holder holder) {
    taken--;
    holder.running--;
    holder.group.running--;
    forget(holder);
    grant();
  }

  private void forget(Holder holder) {
    if (holder.running == 0 && holder.waiting.isEmpty()) {
      holder.group.users.remove(holder.user);
      if (holder.group.users.isEmpty()) {
        workspaces.remove(holder.group.workspace);
      }
    }
  }

  private void grant() {
    while (taken < all) {
      var next = next();
      if (next == null) {
        return;
      }
      var waiter = next.waiting.remove();
      waiter.granted = true;
      waiter.changed.signal();
      taken++;
      turn++;
      next.running++;
      next.served = turn;
      next.group.running++;
      next.group.served = turn;
    }
  }

  private @Nullable Holder next() {
    Holder best = null;
    for (var group : workspaces.values()) {
      for (var holder : group.users.values()) {
        if (mayBegin(holder) && (best == null || holder.before(best))) {
          best = holder;
        }
      }
    }
    return best;
  }

  private boolean mayBegin(Holder holder) {
    var left = perWorkspace - holder.group.running;
    return !holder.waiting.isEmpty()
        && left > 0
        && holder.running < perUser
        && (left > 1 || holder.running == 0);
  }

  private static final class Group {
    final String workspace;
    final Map<String, Holder> users = new HashMap<>();
    int running;
    long served;

    Group(String workspace) {
      this.workspace = workspace;
    }

    boolean before(Group other) {
      return running != other.running ? running < other.running : served < other.served;
    }
  }

  private static final class Holder {
    final Group group;
    final String user;
    final ArrayDeque<Waiter> waiting = new ArrayDeque<>();
    int running;
    long served;

    Holder(Group group, String user) {
      this.group = group;
      this.user = user;
    }

    boolean before(Holder other) {
      if (group != other.group) {
        return group.before(other.group);
      }
      return running != other.running ? running < other.running : served < other.served;
    }
  }

  private static final class Waiter {
    final Condition changed;
    boolean granted;

    Waiter(Condition changed) {
      this.changed = changed;
    }
  }
}
