package dev.toolwright.worker;

/// This machine cannot confine the worker. The text says why.
final class Unfit extends Exception {
  Unfit(String text) {
    super(text, null, false, false);
  }
}
