package dev.toolwright.sandbox;

/// Why code cannot be run here, and what an operator can do about it.
final class Unfit extends Exception {
  private final String text;
  private final String howToFix;
  private final boolean passing;

  private Unfit(String text, String howToFix, boolean passing) {
    super(text, null, false, false);
    this.text = text;
    this.howToFix = howToFix;
    this.passing = passing;
  }

  /// The machine as it is cannot do it: trying again would find the same.
  static Unfit lasting(String text, String howToFix) {
    return new Unfit(text, howToFix, false);
  }

  /// It did not work now, and nothing says that it never will.
  static Unfit passing(String text, String howToFix) {
    return new Unfit(text, howToFix, true);
  }

  String text() {
    return text;
  }

  String howToFix() {
    return howToFix;
  }

  boolean passing() {
    return passing;
  }
}
