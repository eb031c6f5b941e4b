package dev.toolwright.config;

import java.util.Optional;

/// The model vendors' own environment variables, under the names their libraries use.
///
/// @param openAiKey `OPENAI_API_KEY`, a secret
/// @param openAiBaseUrl `OPENAI_BASE_URL`, for a compatible server
public record ModelAccess(Optional<String> openAiKey, Optional<String> openAiBaseUrl) {
  @Override
  public String toString() {
    return "ModelAccess[openAiKey=%s, openAiBaseUrl=%s]"
        .formatted(openAiKey.isPresent() ? "set" : "unset", openAiBaseUrl.orElse("unset"));
  }
}
