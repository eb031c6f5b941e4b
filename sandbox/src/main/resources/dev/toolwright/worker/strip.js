// Takes the types out of a tool's body with TypeScript's own transpiler, which is loaded already.
// Answers "x", line, column and message of the first fault, or "o", the line each line of the
// result came from, and the result; the parts are separated by NUL.
(function (code) {
  "use strict";
  const head = "async function tool(params: any, context: any) {";
  const done = ts.transpileModule(head + code + "\n}", {
    fileName: "tool.ts",
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      newLine: ts.NewLineKind.LineFeed,
      sourceMap: true,
    },
  });
  const fault = done.diagnostics.find((d) => d.category === ts.DiagnosticCategory.Error);
  if (fault) {
    const at = ts.getLineAndCharacterOfPosition(fault.file, fault.start);
    const column = at.line === 0 ? Math.max(0, at.character - head.length) : at.character;
    const message = ts.flattenDiagnosticMessageText(fault.messageText, " ");
    return ["x", at.line + 1, column + 1, message].join("\0");
  }
  const text = done.outputText;
  const begin = text.indexOf("{\n") + 2;
  const end = text.lastIndexOf("}\n//# sourceMappingURL");
  const skipped = text.slice(0, begin).split("\n").length - 1;
  const body = text.slice(begin, end);
  const from = origins(JSON.parse(done.sourceMapText).mappings).slice(skipped);
  return ["o", from.slice(0, body.split("\n").length).join(","), body].join("\0");

  // The source line (from 1) of each generated line, read from the Base64 VLQ of a source map.
  function origins(mappings) {
    const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let line = 0;
    let last = 1;
    return mappings.split(";").map((segments) => {
      let first = 0;
      for (const segment of segments === "" ? [] : segments.split(",")) {
        const numbers = [];
        let value = 0;
        let shift = 0;
        for (const letter of segment) {
          const digit = digits.indexOf(letter);
          value += (digit & 31) << shift;
          shift += 5;
          if ((digit & 32) === 0) {
            numbers.push(value & 1 ? -(value >> 1) : value >> 1);
            value = shift = 0;
          }
        }
        if (numbers.length >= 4) {
          line += numbers[2];
          first = first || line + 1;
        }
      }
      last = first || last;
      return last;
    });
  }
});
