package dev.toolwright.config;

import java.util.Arrays;

/// A model vendor's own environment variable, under the name that vendor's libraries use.
public enum ModelVariable {
  OPENAI_API_KEY(true, "The key of OpenAI, or of the server in `OPENAI_BASE_URL`."),
  OPENAI_BASE_URL(false, "A server that speaks OpenAI's Chat Completions; usually ends in `/v1`."),
  AZURE_OPENAI_API_KEY(true, "The key of an Azure OpenAI resource."),
  AZURE_OPENAI_ENDPOINT(
      false, "That resource, such as `https://name.openai.azure.com`; needed with the key."),
  AZURE_OPENAI_API_VERSION(
      false,
      "A date such as `2024-10-21` for addresses by deployment; unset, `v1` or `preview` for"
          + " Azure's `/openai/v1`."),
  ANTHROPIC_API_KEY(true, "The key of Anthropic, or of the server in `ANTHROPIC_BASE_URL`."),
  ANTHROPIC_BASE_URL(false, "A server that speaks Anthropic's Messages, without `/v1`."),
  OLLAMA_BASE_URL(false, "An Ollama server, such as `http://127.0.0.1:11434`; it takes no key.");

  private final boolean secret;
  private final String meaning;

  ModelVariable(boolean secret, String meaning) {
    this.secret = secret;
    this.meaning = meaning;
  }

  /// Whether its value must not be shown.
  public boolean secret() {
    return secret;
  }

  /// One sentence for an operator.
  public String meaning() {
    return meaning;
  }

  /// Whether an environment variable of that name is one of these.
  public static boolean includes(String name) {
    return Arrays.stream(values()).anyMatch(variable -> variable.name().equals(name));
  }
}
