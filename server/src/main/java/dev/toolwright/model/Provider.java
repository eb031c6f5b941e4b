package dev.toolwright.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Who can be asked for a model's answer.
enum Provider {
  OPENAI("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_BASE_URL (it usually ends in /v1)"),
  AZURE(
      "AZURE_OPENAI_API_KEY",
      "AZURE_OPENAI_ENDPOINT",
      "AZURE_OPENAI_ENDPOINT (Azure's models go by the name of their deployment)"),
  ANTHROPIC("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_BASE_URL"),
  OLLAMA(
      "OLLAMA_BASE_URL, and OPENAI_BASE_URL for servers that want a key",
      "OLLAMA_BASE_URL",
      "OLLAMA_BASE_URL (Ollama only has the models that were pulled)");

  private final String keySetting;
  private final String addressSetting;
  private final String unknownModel;

  Provider(String keySetting, String addressSetting, String unknownModel) {
    this.keySetting = keySetting;
    this.addressSetting = addressSetting;
    this.unknownModel = unknownModel;
  }

  /// As results and model names such as `azure/gpt-4o` have it.
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<Provider> of(String word) {
    return Arrays.stream(values()).filter(provider -> provider.word().equals(word)).findFirst();
  }

  /// What to check when the credential is not accepted.
  String keySetting() {
    return keySetting;
  }

  String addressSetting() {
    return addressSetting;
  }

  /// What to check, beside the model's name, when there is no such model.
  String unknownModel() {
    return unknownModel;
  }

  /// What to set so that this provider can be asked.
  String neededSettings() {
    return switch (this) {
      case OPENAI -> "OPENAI_API_KEY or OPENAI_BASE_URL";
      case AZURE -> "AZURE_OPENAI_API_KEY and AZURE_OPENAI_ENDPOINT";
      case ANTHROPIC -> "ANTHROPIC_API_KEY";
      case OLLAMA -> "OLLAMA_BASE_URL";
    };
  }
}
