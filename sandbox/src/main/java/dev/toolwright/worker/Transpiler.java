package dev.toolwright.worker;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;

/// Takes the types out of TypeScript. Loading TypeScript takes seconds and much memory, so such a
/// worker does it once and ends.
final class Transpiler {
  private static final String TYPESCRIPT =
      "/META-INF/resources/webjars/typescript/5.9.3/lib/typescript.js";

  private final Guest guest;

  Transpiler(Guest guest) {
    this.guest = guest;
  }

  /// `x` with line, column and message; `n` with a fault of the wanted name; or `o`, the name of
  /// the function to call, the source line of each line of the result, and the result.
  List<String> strip(String code, String wanted) throws IOException {
    try (var context = guest.context(OutputStream.nullOutputStream())) {
      context.eval(Source.newBuilder("js", typescript(), "typescript.js").buildLiteral());
      var strip =
          context.eval(
              Source.newBuilder("js", Guest.resource("strip.js"), "strip.js").buildLiteral());
      var said = strip.execute(code).asString().split("\0", 4);
      if (said[0].equals("x")) {
        return List.of("x", said[1], said[2], said[3]);
      }
      var checked = new Check(context).examine(said[2], wanted, code);
      return checked.getFirst().equals("o")
          ? List.of("o", checked.get(1), said[1], said[2])
          : checked;
    } catch (PolyglotException e) {
      return List.of("x", "1", "1", "TypeScript cannot read this code");
    }
  }

  private static String typescript() throws IOException {
    try (var in = Transpiler.class.getResourceAsStream(TYPESCRIPT)) {
      if (in == null) {
        throw new IllegalStateException("the build left out TypeScript");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
