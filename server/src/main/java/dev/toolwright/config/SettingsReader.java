package dev.toolwright.config;

import dev.toolwright.database.DatabaseUrl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Collects the settings from the places where they can be set, and every fault on the way.
final class SettingsReader {
  /// Variables of this project that the launcher script and the tests read.
  private static final Set<String> OTHER_VARIABLES =
      Set.of("TOOLWRIGHT_JAVA_OPTS", "TOOLWRIGHT_PRODUCT");

  private static final String FILE = "toolwright.properties";

  private final Map<String, String> environment;
  private final Map<Setting, String> values = new EnumMap<>(Setting.class);
  private final Map<Setting, String> sources = new EnumMap<>(Setting.class);
  private final List<String> faults = new ArrayList<>();

  SettingsReader(Map<String, String> environment) {
    this.environment = environment;
  }

  Settings read(List<String> flags) {
    readFlags(flags);
    readEnvironment();
    var home = path(text(Setting.HOME));
    readFile(home.resolve(FILE));
    values.forEach(this::check);
    if (!faults.isEmpty()) {
      throw new SettingsFault(faults);
    }
    return settings(home);
  }

  private void readFlags(List<String> flags) {
    var byFlag = index(Setting::flag);
    for (var i = 0; i < flags.size(); i++) {
      var word = flags.get(i);
      var equals = word.indexOf('=');
      var name = equals < 0 ? word : word.substring(0, equals);
      var setting = byFlag.get(name);
      if (setting == null || !setting.hasFlag()) {
        faults.add(setting == null ? unknown(name, byFlag) : withoutFlag(setting));
        if (equals < 0 && i + 1 < flags.size() && !flags.get(i + 1).startsWith("--")) {
          i++;
        }
      } else if (equals >= 0) {
        set(setting, word.substring(equals + 1), name);
      } else if (i + 1 < flags.size() && !flags.get(i + 1).startsWith("--")) {
        i++;
        set(setting, flags.get(i), name);
      } else {
        faults.add(name + " needs a value: " + setting.kind().allowed());
      }
    }
  }

  private void readEnvironment() {
    var byVariable = index(Setting::variable);
    new TreeMap<>(environment)
        .forEach((name, value) -> {
          if (!name.startsWith("TOOLWRIGHT_") || OTHER_VARIABLES.contains(name)) {
            return;
          }
          var setting = byVariable.get(name);
          if (setting == null) {
            faults.add(unknown(name, byVariable));
          } else {
            set(setting, value, name);
          }
        });
  }

  private void readFile(Path file) {
    if (!Files.exists(file)) {
      return;
    }
    var properties = new Properties();
    try (var reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      faults.add(file + " cannot be read as UTF-8 lines of the form key=value");
      return;
    }
    var byKey = index(Setting::key);
    for (var name : properties.stringPropertyNames().stream().sorted().toList()) {
      var setting = byKey.get(name);
      if (setting == null) {
        faults.add(unknown(name, byKey) + " (in " + file + ")");
      } else if (setting == Setting.HOME) {
        faults.add("home cannot be set in " + file + ", which lies in it: use --home");
      } else {
        set(setting, properties.getProperty(name), name + " in " + file);
      }
    }
  }

  /// Keeps the first value: the places are read strongest first. A blank one counts as unset.
  private void set(Setting setting, String value, String source) {
    if (!value.isBlank() && !values.containsKey(setting)) {
      values.put(setting, value.strip());
      sources.put(setting, source);
    }
  }

  private void check(Setting setting, String value) {
    setting
        .kind()
        .fault(value)
        .ifPresent(fault -> {
          var shown = setting.secret() ? "" : " (it is \"" + value + "\")";
          faults.add(sources.get(setting) + " " + fault + shown);
        });
  }

  private static String withoutFlag(Setting setting) {
    return "%s would be visible to other users of this machine: set %s instead"
        .formatted(setting.flag(), setting.variable());
  }

  private static String unknown(String name, Map<String, Setting> known) {
    var shown =
        known.entrySet().stream()
            .filter(entry -> !entry.getValue().hidden())
            .map(Map.Entry::getKey)
            .toList();
    return name + " is not a setting; did you mean " + Nearest.to(name, shown) + "?";
  }

  private static Map<String, Setting> index(Function<Setting, String> name) {
    return Arrays.stream(Setting.values()).collect(Collectors.toMap(name, s -> s));
  }

  private Settings settings(Path home) {
    return new Settings(
        home,
        text(Setting.HOST),
        number(Setting.PORT),
        optional(Setting.PUBLIC_URL).map(SettingsReader::withoutSlash).map(URI::create),
        optional(Setting.DATABASE_URL).map(DatabaseUrl::parse),
        number(Setting.DATABASE_CONNECTIONS),
        optional(Setting.POSTGRES_HOME).map(this::path),
        optional(Setting.PYTHON).map(this::path),
        Kind.split(text(Setting.EGRESS_ALLOW)),
        Kind.split(text(Setting.EGRESS_DENY)),
        optional(Setting.MASTER_PASSPHRASE),
        optional(Setting.MASTER_PASSPHRASE_FILE).map(this::path),
        Kind.split(text(Setting.EGRESS_ONLY)),
        Kind.split(text(Setting.DRIVER_HOSTS)),
        text(Setting.CONTAINER_ENGINE),
        Kind.split(text(Setting.CONTAINER_IMAGES)),
        text(Setting.CONTAINER_EGRESS).equals("on"),
        aliases(),
        optional(Setting.NODE_NAME).orElseGet(SettingsReader::hostName),
        Kind.split(text(Setting.ROLE)).stream()
            .map(role -> Settings.Role.valueOf(role.toUpperCase(Locale.ROOT)))
            .collect(Collectors.toSet()),
        number(Setting.RUN_SLOTS),
        optional(Setting.TEMPORAL_ADDRESS),
        text(Setting.TEMPORAL_NAMESPACE),
        optional(Setting.SANDBOX_SLOTS)
            .map(Integer::valueOf)
            .orElseGet(() -> 4 * Runtime.getRuntime().availableProcessors()),
        Kind.split(text(Setting.CORS_ORIGINS)),
        number(Setting.ARTIFACT_THRESHOLD_KIB),
        number(Setting.RETENTION_DAYS_ARTIFACTS),
        number(Setting.RETENTION_DAYS_CALLS),
        number(Setting.RETENTION_DAYS_RUNS),
        Settings.LogLevel.valueOf(text(Setting.LOG_LEVEL).toUpperCase(Locale.ROOT)),
        text(Setting.AOT).equals("on"),
        optional(Setting.FAILPOINT),
        Duration.ofSeconds(number(Setting.TEST_CLOCK_OFFSET)),
        models(),
        sources);
  }

  private String text(Setting setting) {
    return values.getOrDefault(setting, setting.byDefault());
  }

  private int number(Setting setting) {
    return Integer.parseInt(text(setting));
  }

  private Optional<String> optional(Setting setting) {
    return Optional.of(text(setting)).filter(value -> !value.isEmpty());
  }

  private ModelAccess models() {
    var set = new EnumMap<ModelVariable, String>(ModelVariable.class);
    for (var variable : ModelVariable.values()) {
      var value = environment.getOrDefault(variable.name(), "").strip();
      if (!value.isEmpty()) {
        set.put(variable, value);
      }
    }
    return new ModelAccess(set);
  }

  private Map<String, String> aliases() {
    var aliases = new HashMap<String, String>();
    for (var pair : Kind.split(text(Setting.MODEL_ALIASES))) {
      var equals = pair.indexOf('=');
      aliases.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    return aliases;
  }

  /// A leading `~` is the user's home also where no shell replaced it, as in the file. It is what a
  /// shell and the launcher take it for, which need not be what the list of users says.
  private Path path(String text) {
    var home = environment.getOrDefault("HOME", System.getProperty("user.home", "."));
    var path = text.equals("~") || text.startsWith("~/") ? home + text.substring(1) : text;
    return Path.of(path).toAbsolutePath().normalize();
  }

  private static String withoutSlash(String url) {
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }

  private static String hostName() {
    try {
      var name = InetAddress.getLocalHost().getHostName().replaceAll("[^0-9A-Za-z.-]", "-");
      return name.isEmpty() ? "node" : name.substring(0, Math.min(63, name.length()));
    } catch (UnknownHostException e) {
      return "node";
    }
  }
}
