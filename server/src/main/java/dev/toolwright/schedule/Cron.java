package dev.toolwright.schedule;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

/// Times in the five fields of cron: minute, hour, day of the month, month, day of the week.
final class Cron {
  private static final CronParser PARSER =
      new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));

  private final ExecutionTime times;
  private final ZoneId zone;

  private Cron(ExecutionTime times, ZoneId zone) {
    this.times = times;
    this.zone = zone;
  }

  /// @throws IllegalArgumentException saying what is wrong with the five fields
  /// @throws DateTimeException for an unknown zone
  static Cron parse(String text, String zone) {
    return new Cron(ExecutionTime.forCron(PARSER.parse(text).validate()), ZoneId.of(zone));
  }

  /// The first time after this one; empty: never again.
  Optional<Instant> after(Instant time) {
    return times.nextExecution(time.atZone(zone)).map(next -> next.toInstant());
  }
}
