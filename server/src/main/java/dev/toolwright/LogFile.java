package dev.toolwright;

import dev.toolwright.config.Settings;
import dev.toolwright.vault.LogRedaction;
import dev.toolwright.vault.Secret;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.ConsoleHandler;
import java.util.logging.FileHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// The log: all of it in `<home>/log/`, warnings and errors on the console too.
final class LogFile {
  private static final int BYTES = 10_000_000;
  private static final int FILES = 5;

  /// At debug level it prints whole requests, secrets included, so it never gets there.
  private static final Logger HTTP_CLIENT = Logger.getLogger("org.apache.hc");

  /// It prints a stack trace for each connection that the database drops; what follows from that is
  /// said elsewhere.
  private static final Logger POOL = Logger.getLogger("com.zaxxer.hikari");

  private LogFile() {}

  static void open(Settings settings) {
    var console = console(settings);
    var level = level(settings.logLevel());
    try {
      var directory = Files.createDirectories(settings.home().resolve("log"));
      LogManager.getLogManager().getLogger("").addHandler(file(directory, level));
    } catch (IOException e) {
      // Opening the home says more clearly what is wrong with it; the console stays.
      console.setLevel(level);
    }
  }

  /// Warnings and errors on the console and nothing else: for a command beside a server, which has
  /// the file.
  static Handler console(Settings settings) {
    LogRedaction.always(secrets(settings));
    LogManager.getLogManager().reset();
    var root = LogManager.getLogManager().getLogger("");
    root.setLevel(level(settings.logLevel()));
    HTTP_CLIENT.setLevel(Level.INFO);
    POOL.setLevel(Level.SEVERE);
    var console = new ConsoleHandler();
    console.setFormatter(new Line());
    console.setLevel(Level.WARNING);
    root.addHandler(console);
    return console;
  }

  /// The operator's own. Everybody else's come and go.
  private static List<Secret> secrets(Settings settings) {
    var secrets = new ArrayList<Secret>();
    settings.masterPassphrase().map(Secret::of).ifPresent(secrets::add);
    settings.databaseAddress().map(a -> Secret.of(a.password())).ifPresent(secrets::add);
    settings
        .models()
        .values()
        .forEach((variable, value) -> {
          if (variable.secret()) {
            secrets.add(Secret.of(value));
          }
        });
    return secrets;
  }

  private static FileHandler file(Path directory, Level level) throws IOException {
    var pattern = directory.toString().replace("%", "%%") + "/toolwright.%g.log";
    var file = new FileHandler(pattern, BYTES, FILES, true);
    file.setFormatter(new Line());
    file.setLevel(level);
    return file;
  }

  private static Level level(Settings.LogLevel level) {
    return switch (level) {
      case ERROR -> Level.SEVERE;
      case WARN -> Level.WARNING;
      case INFO -> Level.INFO;
      case DEBUG -> Level.FINE;
    };
  }

  /// One line per entry, and below it the stack trace if there is one, both without secrets: they
  /// are handed to nobody who logs them, but whoever writes an exception's message knows no better.
  private static final class Line extends Formatter {
    private static final DateTimeFormatter TIME =
        DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    @Override
    public String format(LogRecord entry) {
      var text = new StringWriter();
      var name = entry.getLoggerName() == null ? "" : entry.getLoggerName();
      text.append(TIME.format(entry.getInstant()))
          .append(' ')
          .append(entry.getLevel().getName())
          .append(' ')
          .append(name.substring(name.lastIndexOf('.') + 1))
          .append(": ")
          .append(formatMessage(entry))
          .append('\n');
      if (entry.getThrown() != null) {
        entry.getThrown().printStackTrace(new PrintWriter(text, true));
      }
      return LogRedaction.text(text.toString());
    }
  }
}
