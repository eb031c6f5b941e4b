package dev.toolwright.approval;

import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// When something has to be approved first, and by whom.
///
/// @param approvers user ids or names, `admin` for the admins of the workspace, `caller` for
///   whoever runs it; empty: the latter two
/// @param expiresSeconds after which nobody may approve any more: 10 seconds to 366 days
/// @param editable whether an approver may change the arguments
/// @param message shown to approvers; null: none
public record ApprovalRule(
    When when,
    List<String> approvers,
    int expiresSeconds,
    boolean editable,
    @Nullable String message) {
  private static final int WEEK = 604_800;
  private static final int YEAR = 31_622_400;

  // Not compact: see Graph.
  public ApprovalRule(
      When when,
      List<String> approvers,
      int expiresSeconds,
      boolean editable,
      @Nullable String message) {
    this.when = when;
    this.approvers = List.copyOf(approvers);
    this.expiresSeconds = expiresSeconds;
    this.editable = editable;
    this.message = message;
  }

  public enum When {
    NEVER,
    /// Whatever may delete or overwrite.
    DESTRUCTIVE,
    ALWAYS;

    String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final List<String> WORDS = List.of("never", "destructive", "always");

  /// Reads `never`, `destructive`, `always`, true, false, or an object with `when`, `approvers`,
  /// `expires_seconds`, `editable` and `message`; null when nothing is said.
  public static @Nullable ApprovalRule read(Fields in, String field) {
    var said = in.any(field);
    if (said == null) {
      return null;
    }
    if (said.isBoolean()) {
      return of(said.booleanValue() ? When.ALWAYS : When.NEVER);
    }
    if (said.isString()) {
      var word = in.choice(field, WORDS);
      return word == null ? null : of(When.valueOf(word.toUpperCase(Locale.ROOT)));
    }
    var rule = in.nested(field);
    if (rule == null) {
      return null;
    }
    var when = rule.choice("when", WORDS);
    return new ApprovalRule(
        when == null ? When.ALWAYS : When.valueOf(when.toUpperCase(Locale.ROOT)),
        Objects.requireNonNullElse(rule.texts("approvers", 50, 100), List.of()),
        rule.integer("expires_seconds", 10, YEAR, WEEK),
        rule.bool("editable", true),
        rule.text("message", 1_000));
  }

  private static ApprovalRule of(When when) {
    return new ApprovalRule(when, List.of(), WEEK, true, null);
  }

  /// Whether it asks for something.
  ///
  /// @param destructive whether what is to be done may delete or overwrite
  public boolean asks(boolean destructive) {
    return switch (when) {
      case NEVER -> false;
      case DESTRUCTIVE -> destructive;
      case ALWAYS -> true;
    };
  }

  Duration expiry() {
    return Duration.ofSeconds(expiresSeconds);
  }

  public ObjectNode shown() {
    var shown = Json.object().put("when", when.key());
    approvers.forEach(shown.putArray("approvers")::add);
    shown.put("expires_seconds", expiresSeconds).put("editable", editable);
    return message == null ? shown : shown.put("message", message);
  }
}
