package dev.toolwright.sandbox;

/// Why code cannot be run here, and what an operator can do about it.
final class Unfit extends Exception {
  private final String text;
  private final String howToFix;

  Unfit(String text, String howToFix) {
    super(text, null, false, false);
    this.text = text;
    this.howToFix = howToFix;
  }

  String text() {
    return text;
  }

  String howToFix() {
    return howToFix;
  }
}
