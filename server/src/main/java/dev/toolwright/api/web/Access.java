package dev.toolwright.api.web;

import org.jspecify.annotations.Nullable;

/// Who may call a route at all: anyone, or users whose scope includes an endpoint group (`agents`,
/// `tools`, `workflows`, `jobs`, `catalog`, `custom-tools`, `mcp`, `enterprise`, `admin`).
///
/// @param group null: public, no credential is looked at
public record Access(@Nullable String group) {
  public static final Access PUBLIC = new Access(null);

  public static Access group(String name) {
    return new Access(name);
  }

  public boolean isPublic() {
    return group == null;
  }
}
