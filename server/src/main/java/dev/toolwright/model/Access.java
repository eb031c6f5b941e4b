package dev.toolwright.model;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/// How a provider is reached, and the settings that a person changes when that fails. Not a record:
/// the key must not be in a `toString`.
final class Access {
  private final Provider provider;
  private final @Nullable String key;
  private final URI base;

  Access(Provider provider, @Nullable String key, URI base) {
    this.provider = provider;
    this.key = key;
    this.base = base;
  }

  Provider provider() {
    return provider;
  }

  @Nullable String key() {
    return key;
  }

  /// The path of the base address, without slashes at its end.
  String path() {
    var path = base.getPath() == null ? "" : base.getPath();
    while (path.endsWith("/")) {
      path = path.substring(0, path.length() - 1);
    }
    return path;
  }

  /// An address at the same host, with the base's own query when `query` is null.
  URI at(String path, @Nullable String query) {
    try {
      return new URI(
          base.getScheme(),
          base.getAuthority(),
          path,
          query == null ? base.getQuery() : query,
          null);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(provider.addressSetting() + " is no URL", e);
    }
  }
}
