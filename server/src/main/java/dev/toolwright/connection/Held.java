package dev.toolwright.connection;

import java.util.Set;

/// Secrets in the vault, as a definition refers to them.
///
/// @param id of the vault's entry, `cred_…`
/// @param names of the secrets in it, such as `api_key`
public record Held(String id, Set<String> names) {
  public Held {
    names = Set.copyOf(names);
  }
}
