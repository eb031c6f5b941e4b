package dev.toolwright.config;

import java.util.Arrays;

/// The page `docs/reference/settings.md`, written from the settings themselves.
final class SettingsPage {
  private static final String TOP =
      """
      # Settings
      A setting can be given in four places. The first one that has it wins:
      1. a flag, such as `--port 8081`
      2. an environment variable, such as `TOOLWRIGHT_PORT=8081`
      3. a line in `toolwright.properties` in the home directory, such as `port=8081`
      4. the default

      A name that is not in the table is refused with the nearest one that is; a value that cannot be used is refused with what is allowed. All faults are shown at once.

      | key | flag | variable | default | allowed | meaning |
      |---|---|---|---|---|---|
      """;
  private static final String MODELS =
      """

      Models are reached with the vendors' own variables, which are read from the environment only:

      | variable | meaning |
      |---|---|
      """;
  private static final String BOTTOM =
      """

      See [models](models.md) for which model is asked where.

      The launcher script also reads `JAVA_HOME` and `TOOLWRIGHT_JAVA_OPTS` (further options for the Java virtual machine).
      """;

  private SettingsPage() {}

  static String text() {
    var page = new StringBuilder(TOP);
    Arrays.stream(Setting.values())
        .filter(setting -> !setting.hidden())
        .forEach(setting ->
            page.append(
                "| `%s` | %s | `%s` | %s | %s | %s |\n"
                    .formatted(
                        setting.key(),
                        setting.hasFlag() ? "`" + setting.flag() + "`" : "",
                        setting.variable(),
                        setting.byDefault().isEmpty() ? "" : "`" + setting.byDefault() + "`",
                        setting.kind().allowed(),
                        setting.meaning())));
    page.append(MODELS);
    for (var variable : ModelVariable.values()) {
      page.append("| `%s` | %s |\n".formatted(variable.name(), variable.meaning()));
    }
    return page.append(BOTTOM).toString();
  }
}
