package dev.toolwright.api.callback;

import dev.toolwright.api.web.Exchange;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/// A small page for a person who followed a link; nothing but what is in it is loaded.
final class Page {
  private Page() {}

  static void show(Exchange exchange, int status, String title, String content) {
    show(exchange, status, title, content, "");
  }

  /// @param script runs in the page; empty: none
  static void show(Exchange exchange, int status, String title, String content, String script) {
    exchange.header(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
            + " frame-ancestors 'none'"
            + (script.isEmpty()
                ? ""
                : "; connect-src 'self'; script-src 'sha256-" + hash(script) + "'"));
    exchange.header("Cache-Control", "no-store");
    exchange.bytes(
        status,
        "text/html; charset=utf-8",
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
        <title>%s · Toolwright</title>
        <style>
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1rem }
        h1 { font-size: 1.4rem } dt { font-weight: 600 } dd { margin: 0 0 .6rem; overflow-wrap: anywhere }
        .go, button { display: inline-block; padding: .6rem 1rem; border-radius: .4rem; background: #1f6feb;
              color: #fff; text-decoration: none; border: 0; font: inherit; cursor: pointer }
        button.no { background: #b42318 } button:disabled { opacity: .5; cursor: default }
        textarea, input { width: 100%%; box-sizing: border-box; font: inherit; padding: .4rem; margin: .2rem 0 .8rem;
              border: 1px solid #8888; border-radius: .3rem }
        textarea { font-family: ui-monospace, monospace; font-size: .9rem }
        </style>
        </head>
        <body><h1>%s</h1>
        %s%s</body>
        </html>
        """
            .formatted(
                title, title, content, script.isEmpty() ? "" : "<script>" + script + "</script>\n")
            .getBytes(StandardCharsets.UTF_8));
  }

  private static String hash(String script) {
    try {
      var sum =
          MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(sum);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static String safe(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
