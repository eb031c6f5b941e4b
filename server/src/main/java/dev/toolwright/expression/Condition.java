package dev.toolwright.expression;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelExpr.ExprKind;
import dev.cel.common.navigation.CelNavigableAst;
import dev.cel.common.types.SimpleType;
import dev.cel.common.values.NullValue;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.cel.runtime.CelUnknownSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A condition in CEL, the Common Expression Language. It only computes: no clock, no input or
/// output, no loop without an end. It is compiled once and tested as often as wanted, by any
/// thread.
public final class Condition {
  /// In characters.
  public static final int MOST = 2_000;

  private static final CelOptions OPTIONS =
      CelOptions.current()
          .enableHeterogeneousNumericComparisons(true)
          .enableRegexPartialMatch(true)
          .comprehensionMaxIterations(10_000)
          .maxExpressionCodePointSize(MOST)
          .build();

  private static final CelRuntime RUNTIME =
      CelRuntimeFactory.plannerRuntimeBuilder().setOptions(OPTIONS).build();
  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]*");

  /// Names of CEL's types are no variables.
  private static final Set<String> TYPES =
      Set.of(
          "int",
          "uint",
          "double",
          "bool",
          "string",
          "bytes",
          "list",
          "map",
          "type",
          "null_type",
          "dyn");

  private final String text;
  private final Set<String> names;
  private final CelRuntime.Program program;

  private Condition(String text, Set<String> names, CelRuntime.Program program) {
    this.text = text;
    this.names = names;
    this.program = program;
  }

  /// Whether a condition held.
  ///
  /// @param reason why not, when it could not even be judged
  public record Truth(boolean held, @Nullable String reason) {}

  /// @throws MalformedCondition saying where it is at fault
  public static Condition parse(String text) throws MalformedCondition {
    try {
      var parser =
          CelCompilerFactory.standardCelCompilerBuilder()
              .setOptions(OPTIONS)
              .setStandardMacros(CelStandardMacro.STANDARD_MACROS);
      var parsed = parser.build().parse(text).getAst();
      var names = names(parsed);
      for (var name : names) {
        parser.addVar(name, SimpleType.DYN);
      }
      return new Condition(
          text, names, RUNTIME.createProgram(parser.build().check(parsed).getAst()));
    } catch (CelValidationException e) {
      throw new MalformedCondition(
          e.getErrors().stream()
              .limit(3)
              .map(issue ->
                  "column "
                      + (issue.getSourceLocation().getColumn() + 1)
                      + ": "
                      + plain(issue.getMessage()))
              .collect(Collectors.joining("; ")));
    } catch (CelEvaluationException e) {
      throw new MalformedCondition("cannot be evaluated");
    }
  }

  /// The parser's words end with its whole list of tokens.
  private static String plain(String message) {
    var line = message.lines().findFirst().orElse("").strip();
    var list = line.indexOf(" expecting {");
    return list < 0 ? line : line.substring(0, list);
  }

  private static Set<String> names(CelAbstractSyntaxTree parsed) {
    return CelNavigableAst.fromAst(parsed)
        .getRoot()
        .allNodes()
        .filter(node -> node.getKind() == ExprKind.Kind.IDENT)
        .map(node -> node.expr().ident().name())
        .filter(name -> NAME.matcher(name).matches() && !TYPES.contains(name))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /// Tests it over these names. One that cannot be judged, because it names what is not there or
  /// compares what cannot be compared, does not hold.
  public Truth test(Map<String, JsonNode> given) {
    var values = new HashMap<String, Object>();
    for (var name : names) {
      var value = given.get(name);
      if (value != null) {
        values.put(name, value(value));
      }
    }
    try {
      return switch (program.eval(values)) {
        case Boolean held -> new Truth(held, null);
        case CelUnknownSet _ -> new Truth(false, missing(values));
        default -> new Truth(false, "it is neither true nor false");
      };
    } catch (CelEvaluationException e) {
      return new Truth(false, values.keySet().containsAll(names) ? said(e) : missing(values));
    }
  }

  private String missing(Map<String, Object> values) {
    return names.stream()
        .filter(name -> !values.containsKey(name))
        .collect(Collectors.joining(", ", "there is no ", ""));
  }

  private static String said(CelEvaluationException e) {
    var message =
        String.valueOf(e.getMessage()).replaceFirst("^evaluation error( at <input>:\\d+)?: ", "");
    return message.length() <= 300 ? message : message.substring(0, 300) + "…";
  }

  private static Object value(JsonNode node) {
    return switch (node.getNodeType()) {
      case STRING -> node.stringValue();
      case BOOLEAN -> node.booleanValue();
      case NUMBER ->
          node.isIntegralNumber() && node.canConvertToLong()
              ? (Object) node.longValue()
              : (Object) node.doubleValue();
      case ARRAY -> {
        var list = new ArrayList<Object>();
        node.forEach(item -> list.add(value(item)));
        yield List.copyOf(list);
      }
      case OBJECT -> {
        var map = new LinkedHashMap<String, Object>();
        node.properties().forEach(field -> map.put(field.getKey(), value(field.getValue())));
        yield map;
      }
      default -> NullValue.NULL_VALUE;
    };
  }

  @Override
  public String toString() {
    return text;
  }
}
