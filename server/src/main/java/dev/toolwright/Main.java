package dev.toolwright;

import dev.toolwright.config.Nearest;
import dev.toolwright.config.Settings;
import dev.toolwright.config.SettingsFault;
import dev.toolwright.container.Engine;
import dev.toolwright.container.EngineException;
import dev.toolwright.database.embedded.EmbeddedPostgresException;
import dev.toolwright.doctor.Check;
import dev.toolwright.doctor.Doctor;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The commands of the program. `./toolwright` finds a Java machine and passes them on.
public final class Main {
  private static final List<String> COMMANDS =
      List.of("serve", "demo", "doctor", "secrets", "conformance-pack", "version", "help");
  private static final List<String> SECRETS = List.of("rotate", "status");

  private Main() {}

  public static void main(String[] arguments) throws InterruptedException {
    var words = arguments.length == 0 ? List.of("help") : List.of(arguments);
    var code = run(words, System.out, System.err);
    if (code != 0) {
      System.exit(code);
    }
  }

  /// Runs one command; 0 when it succeeded, 1 when something is wrong here, 2 for wrong usage.
  static int run(List<String> words, PrintStream out, PrintStream err) throws InterruptedException {
    var flags = words.subList(1, words.size());
    try {
      return switch (words.getFirst()) {
        case "serve" -> Serve.run(settings(flags), Platform::open, out);
        case "demo" -> Demo.run(settings(flags), out);
        case "train" -> Training.run(settings(flags));
        case "doctor" -> doctor(settings(flags), out);
        case "secrets" -> secrets(flags, out, err);
        case "conformance-pack" -> ConformancePack.run(flags, out, err);
        case "version" -> print(out, "Toolwright " + version());
        case "help" ->
            print(out, "toolwright <" + String.join("|", COMMANDS) + "> [--port 8080] …");
        default -> {
          yield unknown(words.getFirst(), "", COMMANDS, err);
        }
      };
    } catch (SettingsFault e) {
      e.sentences().forEach(err::println);
      return 2;
    } catch (EmbeddedPostgresException e) {
      err.println(e.getMessage());
      return 1;
    }
  }

  private static int secrets(List<String> words, PrintStream out, PrintStream err)
      throws InterruptedException {
    var command = words.isEmpty() ? "" : words.getFirst();
    return SECRETS.contains(command)
        ? Secrets.run(command, settings(words.subList(1, words.size())), out, err)
        : unknown(command, "secrets ", SECRETS, err);
  }

  private static int unknown(String word, String before, List<String> known, PrintStream err) {
    err.println(
        "%s%s is not a command; did you mean %s%s?"
            .formatted(before, word, before, Nearest.to(word, known)));
    return 2;
  }

  private static int doctor(Settings settings, PrintStream out) {
    var checks = new ArrayList<>(SandboxCheck.all(settings));
    checks.add(() -> containers(settings));
    return new Doctor(settings, checks).report(out) ? 0 : 1;
  }

  private static Check containers(Settings settings) {
    var address = settings.containerEngine();
    try (var engine = Engine.open(address).orElse(null)) {
      return engine == null
          ? Check.absent(
              "containers",
              "no container engine answers (" + address + ")",
              "Install Docker or Podman and start its socket, or name it in container-engine;"
                  + " only the catalog's tools with an image need it")
          : Check.fine("containers", engine.version());
    } catch (EngineException e) {
      return Check.broken(
          "containers", String.valueOf(e.getMessage()), "Look at the log of the engine");
    }
  }

  private static Settings settings(List<String> flags) {
    return Settings.read(flags, System.getenv());
  }

  static String version() {
    return Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
        .orElse("unpackaged");
  }

  private static int print(PrintStream out, String line) {
    out.println(line);
    return 0;
  }
}
