package dev.toolwright.importer.openapi;

/// Why a document, or one operation of it, cannot become a tool, in a sentence for a person.
final class Unfit extends Exception {
  Unfit(String message) {
    super(message, null, false, false);
  }

  String why() {
    return String.valueOf(getMessage());
  }
}
