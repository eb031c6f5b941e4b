package dev.toolwright.api.web;

import dev.toolwright.account.Role;
import java.util.EnumSet;
import java.util.Set;

/// One operation of a face.
///
/// @param method in capitals; a GET also answers HEAD
/// @param path with places such as `/agents/{agent_id}`
/// @param role the least role that may call it; commands check finer rights themselves
/// @param summary one line for the API description
/// @param traits how the web mechanism treats it
public record Route(
    String method,
    String path,
    Access access,
    Role role,
    String summary,
    Handler handler,
    RouteDoc doc,
    Set<Trait> traits) {
  /// How the web mechanism treats a route, where it differs from the ordinary.
  public enum Trait {
    /// Its answer carries a secret: a repeated `Idempotency-Key` is answered 409, never replayed.
    STORES_NO_BODY,
    /// Its command may run again when a node died between doing and answering. Without it, such a
    /// key answers 409 "outcome unknown".
    REPLAYABLE,
    /// It streams its answer; `Idempotency-Key` has no effect.
    STREAMS,
    /// It reads bytes of any content type.
    ANY_CONTENT
  }

  public Route {
    traits = Set.copyOf(traits);
  }

  public static Route of(
      String method, String path, Access access, Role role, String summary, Handler handler) {
    return new Route(method, path, access, role, summary, handler, RouteDoc.NONE, Set.of());
  }

  /// The same route, described.
  public Route doc(RouteDoc description) {
    return new Route(method, path, access, role, summary, handler, description, traits);
  }

  /// The same route with one more trait.
  public Route with(Trait trait) {
    var more = EnumSet.of(trait);
    more.addAll(traits);
    return new Route(method, path, access, role, summary, handler, doc, more);
  }

  boolean has(Trait trait) {
    return traits.contains(trait);
  }
}
