package dev.toolwright.config;

import java.util.List;

/// Settings that cannot be used. Holds one sentence per fault, each naming the setting, where it
/// was set and what is allowed; never a secret's value.
public final class SettingsFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> sentences;

  public SettingsFault(List<String> sentences) {
    super(String.join("\n", sentences));
    this.sentences = List.copyOf(sentences);
  }

  public List<String> sentences() {
    return sentences;
  }
}
