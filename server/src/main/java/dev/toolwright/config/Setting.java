package dev.toolwright.config;

import java.util.Locale;

/// Every setting, declared once: its name in each place, what it may be, its default and meaning.
@SuppressWarnings("ImmutableEnumChecker") // a kind is a record of words, numbers and a pattern
public enum Setting {
  HOME(
      "home",
      new Kind.File(),
      "~/.toolwright",
      "The directory of everything this server keeps: the database, keys, files, logs."),
  HOST(
      "host",
      Kind.Text.of("an IP address or host name", "[0-9A-Za-z.:_-]+"),
      "127.0.0.1",
      "The address to listen on. `0.0.0.0` opens the server to the network: put TLS in front."),
  PORT("port", new Kind.Whole(0, 65535), "8080", "The port to listen on; 0 takes any free one."),
  PUBLIC_URL(
      "public-url",
      new Kind.Web(),
      "",
      "The address under which others reach this server; callbacks and sign-ins need it."),
  DATABASE_URL(
      "database-url",
      new Kind.Database(),
      "",
      "A PostgreSQL 16 or newer to use instead of the embedded one. Prefer the variable or the"
          + " file: flags are visible to other users of the machine."),
  DATABASE_CONNECTIONS(
      "database-connections",
      new Kind.Whole(4, 500),
      "20",
      "The most database connections this server opens. The embedded database serves 60."),
  POSTGRES_HOME(
      "postgres-home",
      new Kind.File(),
      "",
      "An installed PostgreSQL (the directory that holds `bin/postgres`) to run instead of the"
          + " bundled one."),
  PYTHON(
      "python",
      new Kind.File(),
      "",
      "The python3 (3.10 or newer) that runs Python tools; found by itself when unset."),
  EGRESS_ALLOW(
      "egress-allow",
      Kind.Text.list("hosts, IP addresses or networks, separated by commas", "[^\\s,@]+"),
      "",
      "Private destinations that tools may reach all the same, such as `10.0.0.0/8,wiki.corp`."),
  EGRESS_DENY(
      "egress-deny",
      Kind.Text.list("hosts, IP addresses or networks, separated by commas", "[^\\s,@]+"),
      "",
      "Destinations that tools may never reach; stronger than `egress-allow`."),
  MASTER_PASSPHRASE(
      "master-passphrase",
      Kind.Text.of("at least 12 characters", "(?s).{12,}"),
      "",
      "The passphrase from which the key of all stored secrets is derived, instead of the key file"
          + " `master.key` in the home. No flag: flags are visible to other users of the machine."),
  MASTER_PASSPHRASE_FILE(
      "master-passphrase-file",
      new Kind.File(),
      "",
      "A file that holds the master passphrase. Further lines are earlier passphrases, needed until"
          + " `toolwright secrets rotate` has been run."),
  EGRESS_ONLY(
      "egress-only",
      Kind.Text.list("hosts, IP addresses or networks, separated by commas", "[^\\s,@]+"),
      "",
      "When set, the only destinations that tools reach, such as"
          + " `https://*.example.com,10.0.0.0/8:443`; it opens nothing private by itself."),
  DRIVER_HOSTS(
      "driver-hosts",
      Kind.Text.list("hosts, IP addresses or networks, separated by commas", "[^\\s,@]+"),
      "",
      "The only hosts that connections with sockets of their own (databases, Kafka, mail) may"
          + " reach, private ones too, such as `db.corp:5432,*.kafka.corp`."),
  CONTAINER_ENGINE(
      "container-engine",
      Kind.Text.of("`auto`, `none` or the address of a socket", "auto|none|unix:///\\S+"),
      "auto",
      "The socket of the Docker or Podman that runs the containers of tools, such as"
          + " `unix:///var/run/docker.sock`. `auto` looks in the usual places."),
  CONTAINER_IMAGES(
      "container-images",
      Kind.Text.list("images, or beginnings of their names with `*` at the end", "[^\\s,*]+\\*?"),
      "",
      "Images that members may run without an admin's approval, such as"
          + " `ghcr.io/acme/*,mcp/time:1.2`."),
  CONTAINER_EGRESS(
      "container-egress",
      Kind.Choice.of("on", "off"),
      "off",
      "Whether containers of tools reach the network: all that this machine does."),
  MODEL_ALIASES(
      "model-aliases",
      Kind.Text.list("pairs such as `fast=gpt-5-mini`, separated by commas", "[^\\s=,]+=[^\\s=,]+"),
      "",
      "Other names for models, so that agents need not name a vendor's."),
  NODE_NAME(
      "node-name",
      Kind.Text.of("up to 63 letters, digits, dots and hyphens", "[0-9A-Za-z.-]{1,63}"),
      "",
      "This server's name among several on one database; the host's name when unset."),
  ROLE(
      "role",
      Kind.Text.list("`api`, `worker` or both, separated by a comma", "api|worker"),
      "api,worker",
      "What this server does: `api` answers requests, `worker` works on jobs, schedules and"
          + " webhooks. A worker alone answers `/health` and `/metrics`."),
  RUN_SLOTS(
      "run-slots",
      new Kind.Whole(1, 1000),
      "32",
      "Agent and workflow runs that this server advances at the same time."),
  TEMPORAL_ADDRESS(
      "temporal-address",
      Kind.Text.of("`host:port`", "[0-9A-Za-z.-]+:[0-9]{1,5}"),
      "",
      "A Temporal server that shares the jobs among the servers; PostgreSQL does when unset. All"
          + " servers of a database set it alike."),
  TEMPORAL_NAMESPACE(
      "temporal-namespace",
      Kind.Text.of(
          "up to 200 letters, digits, dots, hyphens and underscores", "[0-9A-Za-z._-]{1,200}"),
      "default",
      "The namespace there."),
  SANDBOX_SLOTS(
      "sandbox-slots",
      new Kind.Whole(1, 256),
      "",
      "Tool programs that run at the same time; four times the processors when unset."),
  CORS_ORIGINS(
      "cors-origins",
      Kind.Text.list("origins such as `https://app.example.com`", "https?://[^\\s/*,]+"),
      "",
      "Web pages of other origins that may call the API, separated by commas."),
  ARTIFACT_THRESHOLD_KIB(
      "artifact-threshold-kib",
      new Kind.Whole(16, 1_024),
      "64",
      "KiB of JSON above which a tool's result is kept as an artifact, and a preview of it handed"
          + " on."),
  RETENTION_DAYS_ARTIFACTS(
      "retention-days-artifacts",
      new Kind.Whole(0, 36_500),
      "30",
      "Days for which a new artifact is kept; 0 keeps it for ever."),
  RETENTION_DAYS_CALLS(
      "retention-days-calls",
      new Kind.Whole(0, 36_500),
      "90",
      "Days for which the record of a tool's call is kept; 0 keeps all for ever."),
  RETENTION_DAYS_RUNS(
      "retention-days-runs",
      new Kind.Whole(0, 36_500),
      "90",
      "Days for which an ended job is kept with its steps, events and result; 0 keeps all for ever."),
  LOG_LEVEL(
      "log-level", Kind.Choice.of("error", "warn", "info", "debug"), "info", "How much is logged."),
  AOT(
      "aot",
      Kind.Choice.of("on", "off"),
      "on",
      "Whether the first start trains a class cache that makes later starts faster."),
  FAILPOINT("failpoint", Kind.Text.of("a name", "\\S+"), "", "Testing: where to stop dead."),
  TEST_CLOCK_OFFSET(
      "test-clock-offset",
      new Kind.Whole(-100_000_000, 100_000_000),
      "0",
      "Testing: seconds that this server's clock is off.");

  private final String key;
  private final Kind kind;
  private final String byDefault;
  private final String meaning;

  Setting(String key, Kind kind, String byDefault, String meaning) {
    this.key = key;
    this.kind = kind;
    this.byDefault = byDefault;
    this.meaning = meaning;
  }

  /// The name in `toolwright.properties`, such as `public-url`.
  public String key() {
    return key;
  }

  /// The name on the command line, such as `--public-url`.
  public String flag() {
    return "--" + key;
  }

  /// The name in the environment, such as `TOOLWRIGHT_PUBLIC_URL`.
  public String variable() {
    return "TOOLWRIGHT_" + key.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  /// One or two sentences for an operator.
  public String meaning() {
    return meaning;
  }

  /// Whether its value must not be shown.
  boolean secret() {
    return this == DATABASE_URL || this == MASTER_PASSPHRASE;
  }

  /// Whether it may be given as a flag.
  boolean hasFlag() {
    return this != MASTER_PASSPHRASE;
  }

  Kind kind() {
    return kind;
  }

  /// The default as text; empty when there is none or it depends on the machine.
  String byDefault() {
    return byDefault;
  }

  /// Settings that only this project's own tests use: not shown anywhere.
  boolean hidden() {
    return this == FAILPOINT || this == TEST_CLOCK_OFFSET;
  }
}
