package dev.toolwright.tool;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/// How an HTTP tool shows who it is. It holds the ids of secrets in the vault, never a secret.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Auth.None.class, name = "none"),
  @JsonSubTypes.Type(value = Auth.Bearer.class, name = "bearer")
})
public sealed interface Auth {
  record None() implements Auth {}

  record Bearer(String secretId) implements Auth {}
}
