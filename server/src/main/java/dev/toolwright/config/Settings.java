package dev.toolwright.config;

import dev.toolwright.database.DatabaseAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// All settings of a server, checked. Each component is the setting of the same name in [Setting];
/// `toString` shows no secret.
///
/// @param home absolute
/// @param databaseAddress empty for the embedded database
/// @param modelAliases alias → model
/// @param failpoint for this project's tests only
/// @param testClockOffset for this project's tests only
/// @param sources where each setting that is not a default was set, such as `TOOLWRIGHT_PORT`
public record Settings(
    Path home,
    String host,
    int port,
    Optional<URI> publicUrl,
    Optional<DatabaseAddress> databaseAddress,
    int databaseConnections,
    Optional<Path> postgresHome,
    Optional<Path> python,
    List<String> egressAllow,
    List<String> egressDeny,
    Optional<String> masterPassphrase,
    Optional<Path> masterPassphraseFile,
    List<String> egressOnly,
    List<String> driverHosts,
    String containerEngine,
    List<String> containerImages,
    boolean containerEgress,
    Map<String, String> modelAliases,
    String nodeName,
    Set<Role> roles,
    int runSlots,
    Optional<String> temporalAddress,
    String temporalNamespace,
    int sandboxSlots,
    List<String> corsOrigins,
    int artifactThresholdKib,
    int retentionDaysArtifacts,
    int retentionDaysCalls,
    int retentionDaysRuns,
    LogLevel logLevel,
    boolean aot,
    Optional<String> failpoint,
    Duration testClockOffset,
    ModelAccess models,
    Map<Setting, String> sources) {

  /// What a server does.
  public enum Role {
    /// Answers requests.
    API,
    /// Works on jobs, schedules and webhooks.
    WORKER
  }

  /// How much is logged.
  public enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG
  }

  public Settings {
    egressAllow = List.copyOf(egressAllow);
    egressDeny = List.copyOf(egressDeny);
    egressOnly = List.copyOf(egressOnly);
    driverHosts = List.copyOf(driverHosts);
    containerImages = List.copyOf(containerImages);
    modelAliases = Map.copyOf(modelAliases);
    roles = Set.copyOf(roles);
    corsOrigins = List.copyOf(corsOrigins);
    sources = Map.copyOf(sources);
  }

  /// Reads flags, over the environment, over `toolwright.properties` in the home, over defaults.
  ///
  /// @param flags such as `--port`, `8081` or `--port=8081`
  /// @throws SettingsFault with all faults at once
  public static Settings read(List<String> flags, Map<String, String> environment) {
    return new SettingsReader(environment).read(flags);
  }

  /// The settings of a server in `home` where nobody set anything.
  public static Settings defaults(Path home) {
    return read(List.of(Setting.HOME.flag(), home.toString()), Map.of());
  }

  @Override
  public String toString() {
    return "Settings[home=%s, host=%s, port=%d, database=%s, set by %s]"
        .formatted(
            home,
            host,
            port,
            databaseAddress.isPresent() ? "external" : "embedded",
            sources.values().stream().sorted().toList());
  }
}
