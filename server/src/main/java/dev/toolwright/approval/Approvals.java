package dev.toolwright.approval;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.audit.Audit;
import dev.toolwright.database.Database;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.run.Effect;
import dev.toolwright.run.Journal;
import dev.toolwright.run.Run;
import dev.toolwright.run.RunEvent;
import dev.toolwright.run.Runs;
import dev.toolwright.run.Step;
import dev.toolwright.run.Wait;
import dev.toolwright.vault.Vault;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Persons are asked before something is done, and decide: in the API, or by a link that is a right
/// of its own. A run gives its node back while it waits.
public final class Approvals {
  /// Where the links lie on this server.
  public static final String PATH = "/approvals/";

  private static final int ID_DIGITS = 24;
  private static final int MOST_LISTED = 500;
  private static final Pattern ID = Pattern.compile("appr_([0-9a-f]{24})");

  /// The digits of the workspace, then those of the secret.
  private static final Pattern TOKEN = Pattern.compile("([0-9a-f]{24})([0-9a-f]{64})");

  private final Database database;
  private final Vault vault;
  private final Audit audit;
  private final Runs runs;
  private final Supplier<URI> server;
  private final ApprovalStore store = new ApprovalStore();

  /// @param server the address of this server as others see it
  public Approvals(Database database, Vault vault, Audit audit, Runs runs, Supplier<URI> server) {
    this.database = database;
    this.vault = vault;
    this.audit = audit;
    this.runs = runs;
    this.server = server;
  }

  /// Asks as a step of a run of its own, or goes on with the answer.
  ///
  /// @param key of that step
  /// @param subject what is to be done, such as the name of a tool
  /// @param arguments with what
  public Decision ask(
      Journal journal, String key, String subject, JsonNode arguments, ApprovalRule rule)
      throws InterruptedException {
    var step =
        journal.perform(
            Step.intent(key, Effect.NONE, subject, null),
            _ -> asked(journal, key, subject, arguments, rule),
            (_, answer) -> decided(subject, answer.value()));
    return switch (step.state()) {
      case WAITING, UNKNOWN, INTENT -> new Decision.Waiting(step);
      case DONE -> granted(step, arguments);
      case FAILED -> {
        var error = step.error() == null ? Json.object() : step.error();
        yield new Decision.Refused(
            error.path("error_type").asString("rejected"), error.path("error").asString(""));
      }
    };
  }

  private static Decision granted(Step step, JsonNode arguments) {
    var changed = step.result() == null ? null : step.result().get("arguments");
    return new Decision.Granted(changed == null || changed.isNull() ? arguments : changed);
  }

  private Journal.Acted asked(
      Journal journal, String key, String subject, JsonNode arguments, ApprovalRule rule) {
    var token = token(journal.run(), key);
    var question = Json.object().put("approval_id", id(hash(token))).put("subject", subject);
    question.set("arguments", vault.redaction(journal.run().workspaceId()).json(arguments));
    rule.approvers().forEach(question.putArray("approvers")::add);
    question.put("editable", rule.editable());
    if (rule.message() != null) {
      question.put("message", rule.message());
    }
    var left = journal.remaining();
    var time = rule.expiry().compareTo(left) < 0 ? rule.expiry() : left;
    journal.open(key, Wait.APPROVAL, time, hash(token), question);
    return new Journal.Acted(
        Step.State.WAITING,
        null,
        null,
        List.of(RunEvent.of("approval", question.deepCopy().put("status", "waiting"))),
        List.of(),
        "Waiting for somebody to approve " + subject);
  }

  private static Journal.Acted decided(String subject, @Nullable JsonNode answer) {
    var told = Json.object().put("subject", subject);
    if (answer == null) {
      var error = refusal("approval_expired", "Nobody approved " + subject + " in time");
      return acted(Step.State.FAILED, null, error, told.put("status", "expired"));
    }
    told.set("by", answer.path("by"));
    told.set("comment", answer.path("comment"));
    return answer.path("approved").asBoolean()
        ? acted(Step.State.DONE, answer, null, told.put("status", "approved"))
        : acted(
            Step.State.FAILED,
            null,
            refusal("rejected", rejected(subject, answer.path("comment").asString(""))),
            told.put("status", "rejected"));
  }

  private static String rejected(String subject, String comment) {
    return "A person rejected " + subject + (comment.isEmpty() ? "" : ": " + comment);
  }

  private static ObjectNode refusal(String type, String message) {
    return Json.object().put("error_type", type).put("error", message);
  }

  private static Journal.Acted acted(
      Step.State state, @Nullable JsonNode result, @Nullable JsonNode error, ObjectNode told) {
    return new Journal.Acted(
        state, result, error, List.of(RunEvent.of("approval", told)), List.of(), "Going on");
  }

  private String token(Run run, String key) {
    return digits(run.workspaceId())
        + database
            .direct(tx -> vault.token(tx, "approval", run.workspaceId(), run.id(), key))
            .reveal();
  }

  // What people do

  /// Those that wait for the caller, and those of the caller's own runs; the oldest first.
  public List<Approval> open(Caller caller) {
    return database.direct(tx -> store.open(tx, caller.workspaceId(), MOST_LISTED)).stream()
        .filter(one -> maySee(caller, one))
        .toList();
  }

  /// @throws Problem 404
  public Approval get(Caller caller, String id) {
    var parts = ID.matcher(id);
    return (parts.matches()
            ? find(caller.workspaceId(), parts.group(1))
            : Optional.<Approval>empty())
        .filter(one -> maySee(caller, one))
        .orElseThrow(() -> Problem.notFound("Approval", id));
  }

  private Optional<Approval> find(String workspaceId, String hash) {
    return database.direct(tx ->
        store.find(
            tx, workspaceId, ApprovalStore.filled(hash, 0), ApprovalStore.filled(hash, 0xff)));
  }

  private static boolean maySee(Caller caller, Approval one) {
    return one.userId().equals(caller.userId()) || caller.isAdmin() || mayDecide(caller, one);
  }

  public static boolean mayDecide(Caller caller, Approval one) {
    var approvers = one.question().path("approvers");
    if (!caller.role().includes(Role.MEMBER)) {
      return false;
    }
    if (approvers.isEmpty()) {
      return caller.isAdmin() || one.userId().equals(caller.userId());
    }
    return approvers.values().stream()
        .map(name -> name.asString(""))
        .anyMatch(name ->
            name.equals(caller.userId())
                || name.equalsIgnoreCase(caller.username())
                || (name.equals("admin") && caller.isAdmin())
                || (name.equals("caller") && one.userId().equals(caller.userId())));
  }

  /// What somebody decides.
  ///
  /// @param arguments null: as they were asked about
  public record Verdict(boolean approved, @Nullable ObjectNode arguments, String comment) {}

  /// @throws Problem 404, 403 for who may only see it, 400 for arguments that may not be changed,
  ///   409 when it was decided already, 410 when its time is over
  public Approval decide(Caller caller, String id, Verdict verdict) {
    var one = get(caller, id);
    if (!mayDecide(caller, one)) {
      throw Problem.of(Problem.Kind.FORBIDDEN, "Others have to decide about this");
    }
    decide(one, verdict, caller.username());
    database.useTx(tx ->
        audit.record(
            tx,
            caller.workspaceId(),
            caller.userId(),
            "approval_decided",
            one.runId(),
            told(one, verdict)));
    return get(caller, id);
  }

  private static ObjectNode told(Approval one, Verdict verdict) {
    return Json.object()
        .put("approval_id", one.id())
        .put("subject", one.question().path("subject").asString(""))
        .put("approved", verdict.approved());
  }

  /// A link that lets whoever has it decide; for those who may decide.
  public Optional<URI> link(Caller caller, Approval one) {
    if (!mayDecide(caller, one) || !one.isOpen()) {
      return Optional.empty();
    }
    return runs.find(one.workspaceId(), one.runId())
        .map(run -> URI.create(server.get() + PATH + token(run, stepKey(one))));
  }

  private static String stepKey(Approval one) {
    return one.key().substring(0, one.key().lastIndexOf('/'));
  }

  /// What a link is about; empty for one that nobody was given.
  public Optional<Approval> behind(String token) {
    var parts = TOKEN.matcher(token);
    return parts.matches()
        ? find("ws_" + parts.group(1), hex(hash(token)).substring(0, ID_DIGITS))
        : Optional.empty();
  }

  /// Decides by a link.
  ///
  /// @throws Problem as for [#decide]
  public void decide(String token, Verdict verdict) {
    decide(
        behind(token).orElseThrow(() -> Problem.notFound("Approval", "of this address")),
        verdict,
        "link");
  }

  private void decide(Approval one, Verdict verdict, String by) {
    if (verdict.arguments() != null && !one.question().path("editable").asBoolean()) {
      throw Problem.invalid("arguments may not be changed here");
    }
    if (one.isOver()) {
      throw Problem.of(Problem.Kind.GONE, "The time to decide about this is over");
    }
    var answer = Json.object().put("approved", verdict.approved());
    answer.put("comment", verdict.comment()).put("by", by);
    answer.set("arguments", verdict.arguments());
    var run = runs.find(one.workspaceId(), one.runId()).orElseThrow();
    if (one.answer() != null
        || runs.answer(run, wait -> wait.key().equals(one.key()), answer, by) == 0) {
      throw Problem.of(Problem.Kind.CONFLICT, "This was decided already");
    }
  }

  static String id(byte[] hash) {
    return "appr_" + hex(hash).substring(0, ID_DIGITS);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static String digits(String id) {
    return id.substring(id.indexOf('_') + 1);
  }

  private static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
