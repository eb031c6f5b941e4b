// Runs first in every fresh context and answers the two functions by which the worker drives a
// call. It keeps what it needs of the built-ins before any tool can change them. Whatever a tool
// reaches here, it can only forge its own result, which is its own anyway.
(function () {
  "use strict";
  const { parse, stringify } = JSON;
  const { print, Error, Map, Set, String, TypeError } = globalThis;
  const MAX_RESULT = 1 << 20;
  const MAX_LOGS = 64 << 10;
  const MAX_TEXT = 2000;
  const cut = Function.prototype.call.bind(String.prototype.slice);
  let left = MAX_LOGS;
  let outcome = null;

  for (const name of ["print", "printErr", "load", "loadWithNewGlobal", "eval", "arguments", "Java", "Packages", "Graal", "Polyglot"]) {
    delete globalThis[name];
  }

  class Unusable extends TypeError {}

  function shown(value) {
    switch (typeof value) {
      case "string":
        return value;
      case "bigint":
        return String(value) + "n";
      case "function":
        return "[function " + String(value.name) + "]";
      case "object":
        if (value instanceof Error) {
          return String(value);
        }
        try {
          return stringify(value);
        } catch {
          return "[object]";
        }
      default:
        return String(value);
    }
  }

  function log(...values) {
    if (left <= 0) {
      return;
    }
    let line = "";
    for (let i = 0; i < values.length && line.length <= left; i++) {
      line += (i === 0 ? "" : " ") + shown(values[i]);
    }
    if (line.length > left) {
      print(cut(line, 0, left));
      print("[output beyond " + MAX_LOGS + " characters was dropped]");
    } else {
      print(line);
    }
    left -= line.length + 1;
  }

  function refuseWhatJsonLoses(key, value) {
    let what = typeof value;
    if (what === "object") {
      what = value instanceof Map ? "Map" : value instanceof Set ? "Set" : null;
    }
    if (what === "function" || what === "symbol" || what === "bigint" || what === "Map" || what === "Set") {
      throw new Unusable("a " + what + (key === "" ? "" : " (at " + key + ")") + " has no form in JSON");
    }
    return value;
  }

  function result(value) {
    let text;
    try {
      text = value === undefined ? "null" : stringify(value, refuseWhatJsonLoses);
    } catch (problem) {
      const why = problem instanceof Unusable ? problem.message : String(problem);
      return "sBAD_RESULT\0The result is no JSON: " + cut(why, 0, MAX_TEXT) + ".";
    }
    if (text === undefined) {
      text = "null";
    }
    return text.length > MAX_RESULT ? "sRESULT_TOO_LARGE" : "v" + text;
  }

  function raised(problem) {
    try {
      if (problem instanceof Error) {
        const name = cut(String(problem.name), 0, 200);
        const message = cut(String(problem.message), 0, MAX_TEXT);
        return "e" + name + "\0" + message + "\0" + cut(String(problem.stack), 0, 20000);
      }
      const kind = problem === null ? "null" : typeof problem;
      return "eThrown " + kind + "\0" + cut(shown(problem), 0, MAX_TEXT) + "\0";
    } catch {
      return "eError\0\0";
    }
  }

  globalThis.console = { log, info: log, warn: log, error: log, debug: log };

  return {
    __proto__: null,
    start: async (tool, params, context) => {
      let value;
      try {
        value = await tool(parse(params), parse(context));
      } catch (problem) {
        outcome = raised(problem);
        return;
      }
      outcome = result(value);
    },
    finish: () => outcome,
  };
})();
