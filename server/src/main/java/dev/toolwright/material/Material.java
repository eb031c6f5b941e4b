package dev.toolwright.material;

/// The kinds of material. Their names are their definitions' kinds.
public enum Material {
  PROMPT("prompt", "prompt"),
  RESOURCE("resource", "res");

  private final String kind;
  private final String prefix;

  Material(String kind, String prefix) {
    this.kind = kind;
    this.prefix = prefix;
  }

  String kind() {
    return kind;
  }

  /// Of its ids.
  String prefix() {
    return prefix;
  }
}
