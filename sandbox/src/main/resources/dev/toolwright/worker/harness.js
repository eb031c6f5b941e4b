// Runs first in every fresh context and answers the functions by which the worker drives a call. It
// keeps what it needs of the built-ins before any tool can change them. Whatever a tool reaches
// here, it can only forge its own result and its own requests, which are its own anyway.
(function () {
  "use strict";
  const { parse, stringify } = JSON;
  const { print, Error, Map, Promise, ReferenceError, Set, String, TypeError } = globalThis;
  const { defineProperty, entries, keys } = Object;
  const { isArray } = Array;
  const MAX_RESULT = 1 << 20;
  const MAX_LOGS = 64 << 10;
  const MAX_TEXT = 2000;
  const MAX_TELLS = 100;
  const NO_NETWORK =
    "This tool may not use the network. List the hosts it needs in its implementation, such as " +
    '"allowed_hosts": ["api.example.com"], and call context.fetch("https://api.example.com/...").';
  const cut = Function.prototype.call.bind(String.prototype.slice);
  const lower = Function.prototype.call.bind(String.prototype.toLowerCase);
  const upper = Function.prototype.call.bind(String.prototype.toUpperCase);
  let left = MAX_LOGS;
  let outcome = null;
  let allowed = false;
  // How often a call may still say how far it is.
  let tells = 0;
  // Requests by their number: what the worker has not taken yet, and what has no answer yet.
  let asked = 0;
  let taken = 0;
  const waiting = { __proto__: null };
  const open = { __proto__: null };

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
        let message = cut(String(problem.message), 0, MAX_TEXT);
        if (problem instanceof ReferenceError && message === "fetch is not defined") {
          message += "; a tool that lists allowed_hosts has context.fetch";
        }
        return "e" + name + "\0" + message + "\0" + cut(String(problem.stack), 0, 20000);
      }
      const kind = problem === null ? "null" : typeof problem;
      return "eThrown " + kind + "\0" + cut(shown(problem), 0, MAX_TEXT) + "\0";
    } catch {
      return "eError\0\0";
    }
  }

  class FetchError extends Error {
    get name() {
      return "FetchError";
    }
  }

  class Headers {
    #values;

    constructor(values) {
      this.#values = { __proto__: null };
      for (const name of keys(values)) {
        this.#values[lower(name)] = values[name];
      }
    }

    get(name) {
      const value = this.#values[lower(String(name))];
      return value === undefined ? null : value;
    }

    has(name) {
      return this.get(name) !== null;
    }

    entries() {
      return entries(this.#values);
    }
  }

  class Response {
    #text;

    constructor(url, said, text) {
      this.url = url;
      this.status = said.status;
      this.ok = said.status >= 200 && said.status < 300;
      this.headers = new Headers(said.headers);
      this.#text = text;
    }

    async text() {
      return this.#text;
    }

    async json() {
      return parse(this.#text);
    }
  }

  function pairs(given) {
    const all = [];
    for (const name of keys(given)) {
      const values = isArray(given[name]) ? given[name] : [given[name]];
      for (let i = 0; i < values.length; i++) {
        if (values[i] !== undefined && values[i] !== null) {
          all[all.length] = [name, String(values[i])];
        }
      }
    }
    return all;
  }

  function described(url, given) {
    const request = { url: String(url), method: given.method === undefined ? "GET" : upper(String(given.method)) };
    if (given.headers) {
      request.headers = {};
      for (const name of keys(given.headers)) {
        request.headers[name] = String(given.headers[name]);
      }
    }
    if (given.params) {
      request.params = pairs(given.params);
    }
    if (given.auth) {
      request.auth = [String(given.auth.username), String(given.auth.password)];
    }
    if (given.timeout !== undefined) {
      request.timeout = given.timeout;
    }
    if (given.json !== undefined) {
      request.json = given.json;
    } else if (typeof given.body === "string") {
      request.text = given.body;
    } else if (given.body !== undefined && given.body !== null) {
      request.json = given.body;
    }
    return request;
  }

  function question(about, url) {
    const text = stringify(about, refuseWhatJsonLoses);
    return new Promise((resolve, reject) => {
      asked++;
      waiting[asked] = asked + "\0" + text;
      open[asked] = { __proto__: null, resolve, reject, url };
    });
  }

  async function progress(done, total, message) {
    if (tells > 0) {
      tells--;
      await question({ progress: done, total, message }, null);
    }
  }

  function fetch(url, options) {
    return new Promise((resolve) => {
      if (!allowed) {
        throw new FetchError(NO_NETWORK);
      }
      const request = described(url, options === undefined || options === null ? {} : options);
      resolve(question(request, request.url));
    });
  }

  globalThis.console = { log, info: log, warn: log, error: log, debug: log };

  return {
    __proto__: null,
    start: async (tool, params, context, network, heard) => {
      allowed = network;
      tells = heard ? MAX_TELLS : 0;
      let value;
      try {
        const given = parse(context);
        // Not enumerable: a context is data that can be copied and returned.
        defineProperty(given, "fetch", { __proto__: null, value: fetch, writable: true, configurable: true });
        defineProperty(given, "progress", { __proto__: null, value: progress, writable: true, configurable: true });
        value = await tool(parse(params), given);
      } catch (problem) {
        outcome = raised(problem);
        return;
      }
      outcome = result(value);
    },
    // The next request that nobody has taken: its number, NUL, JSON; null if there is none.
    asked: () => {
      if (taken === asked) {
        return null;
      }
      taken++;
      const text = waiting[taken];
      delete waiting[taken];
      return text;
    },
    settle: (id, head, body) => {
      const one = open[id];
      delete open[id];
      const said = parse(head);
      if (one.url === null) {
        one.resolve();
      } else if (said.error === undefined) {
        one.resolve(new Response(one.url, said, body));
      } else {
        one.reject(new FetchError(said.error));
      }
    },
    finish: () => outcome,
  };
})();
