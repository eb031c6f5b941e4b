"""Runs or parses one tool in a process that is confined already and ends afterwards.

Everything this process writes to its channel is a record: a letter, the length in 4 bytes, the
bytes. `L` is output of the tool, `F` a request to fetch something, `M` asks for more of its answer,
`R` the result: the nonce of the call, a letter for what it is (`v` value, `e` exception, `s`
stopped, `o` outline, `x` syntax error) and JSON. The reader trusts none of it: a tool that finds
the nonce can forge its own result, which is its own anyway.
"""

import ast
import asyncio
import gc
import inspect
import io
import json
import os
import random
import struct
import sys
import types
import warnings

import fetch

MAX_RESULT = 1 << 20
MAX_LOGS = 64 << 10
MAX_MESSAGE = 2000
MAX_FRAMES = 50
EAGER_LINES = 100
FILE = "<tool>"
OUT_OF_MEMORY = 72
ONLY_STANDARD = (
    " (A tool has Python's standard library and nothing else. A tool that lists allowed_hosts has "
    "context.fetch and a small requests.)"
)


class Channel:
    """The way out. Writes whole records."""

    def __init__(self, fd):
        self._fd = fd
        self._left = MAX_LOGS
        self._lines = 0
        self._held = bytearray()

    def record(self, kind, *parts):
        size = sum(map(len, parts))
        view = memoryview(b"".join((kind, struct.pack(">I", size), *parts)))
        while view:
            view = view[os.write(self._fd, view) :]

    def log(self, line):
        """Lines leave at once at first, so that a killed tool keeps them; many leave in groups."""
        if self._left <= 0:
            return False
        self._held += line[: self._left]
        self._left -= len(line)
        if self._left <= 0:
            self._held += b"\n[output beyond %d bytes was dropped]\n" % MAX_LOGS
        self._lines += 1
        if self._lines < EAGER_LINES or len(self._held) > 4096 or self._left <= 0:
            self.flush()
        return self._left > 0

    def flush(self):
        if self._held:
            held, self._held = bytes(self._held), bytearray()
            self.record(b"L", held)


class Output(io.RawIOBase):
    """sys.stdout or sys.stderr of a tool: whole lines go to the channel, until the cap."""

    def __init__(self, channel):
        self._channel = channel
        self._line = bytearray()
        self._open = True

    def writable(self):
        return True

    def write(self, data):
        size = len(data)
        if self._open:
            self._line += memoryview(data)[: MAX_LOGS + 1]
            end = self._line.rfind(b"\n") + 1
            if end or len(self._line) > MAX_LOGS:
                end = end or len(self._line)
                self._open = self._channel.log(bytes(self._line[:end]))
                del self._line[:end]
        return size

    def finish(self):
        if self._open and self._line:
            self._channel.log(bytes(self._line) + b"\n")
            self._line.clear()


class Unusable(Exception):
    """The code or its result does not keep the contract; the text is for the author."""


def differ():
    """Makes this process a stranger to its siblings."""
    random.seed()


def main(channel_fd, answers_fd, request):
    """Answers the request (bytes: nonce, then JSON) and never returns."""
    channel = Channel(channel_fd)
    outputs = (Output(channel), Output(channel))
    gc.enable()
    try:
        sys.stdin = sys.__stdin__ = io.StringIO("")
        sys.stdout, sys.stderr = map(_text, outputs)
        sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr
        asked = json.loads(bytes(memoryview(request)[16:]))
        outside = fetch.Outside(channel, answers_fd, asked.get("network", False), asked.get("progress", False))
        answer = _answer(asked, outside)
        for output in outputs:
            output.finish()
        channel.flush()
        channel.record(b"R", bytes(memoryview(request)[:16]), *answer)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    finally:
        os._exit(0)


def _text(output):
    return io.TextIOWrapper(output, "utf-8", "replace", newline="\n", write_through=True)


def _answer(request, outside):
    if request["do"] == "parse":
        return _outline(request["code"])
    try:
        return _run(request, outside)
    except MemoryError:
        pass  # leave the handler first: the exception holds the frames that hold the memory
    gc.collect()
    return _stopped("MEMORY", "The tool used more memory than it may.")


def _run(request, outside):
    lines = request["code"].split("\n")
    try:
        value = _value(request, outside)
    except MemoryError:
        raise
    except Unusable as problem:
        return _raised("ToolContractError", str(problem), [])
    except SyntaxError as problem:
        if problem.filename != FILE:
            return _exception(problem, lines)
        text = "%s (line %s, column %s)" % (problem.msg, problem.lineno, problem.offset)
        return _raised("SyntaxError", text, [])
    except BaseException as problem:
        return _exception(problem, lines)
    return _result(value)


def _value(request, outside):
    module = types.ModuleType("tool")
    module.__file__ = FILE
    sys.modules["__main__"] = sys.modules["tool"] = module
    if request.get("network", False):
        sys.modules.update(fetch.modules(outside))
    exec(compile(request["code"], FILE, "exec", dont_inherit=True), module.__dict__)
    function = _function(module, request["code"], request.get("function"))
    context = fetch.Context(request["context"], outside)
    value = _call(function, request["parameters"], context)
    return asyncio.run(_awaited(value)) if inspect.isawaitable(value) else value


async def _awaited(value):
    return await value


def _function(module, code, name):
    if name is None:
        tree = ast.parse(code)
        names = [node.name for node in _functions(tree) if not node.name.startswith("_")]
        names = list(dict.fromkeys(names))
        if not names:
            raise Unusable("The code defines no function. Define one: def run(parameters, context)")
        if len(names) > 1:
            raise Unusable(
                "The code defines several functions (%s): name the one to call, or let the names "
                "of the others start with an underscore." % ", ".join(names[:20])
            )
        name = names[0]
    function = getattr(module, name, None)
    if not callable(function):
        raise Unusable("The code defines no function named %s." % name)
    return function


def _functions(tree):
    return [n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]


def _call(function, parameters, context):
    """The signature alone decides how a function is called, never the arguments."""
    places, needed, any_place, by_name = _shape(function)
    if (len(places) >= 2 or any_place) and needed <= 2:
        return function(parameters, context)
    if len(places) == 1 and (not by_name or places[0] in ("parameters", "params")):
        return function(parameters)
    if not places and not by_name:
        return function()
    if not isinstance(parameters, dict):
        raise Unusable("The function takes named parameters, the call gave no object.")
    return function(**parameters)


def _shape(function):
    """Names of the places, how many have no default, whether it takes *any and named ones."""
    if type(function) is types.FunctionType and not hasattr(function, "__wrapped__"):
        code = function.__code__
        places = code.co_varnames[: code.co_argcount]
        needed = len(places) - len(function.__defaults__ or ())
        named = bool(code.co_kwonlyargcount or code.co_flags & inspect.CO_VARKEYWORDS)
        return places, needed, bool(code.co_flags & inspect.CO_VARARGS), named
    try:
        given = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ("parameters", "context"), 2, False, False
    kinds = inspect.Parameter
    places = [p for p in given if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = sum(p.default is kinds.empty for p in places)
    any_place = any(p.kind is kinds.VAR_POSITIONAL for p in given)
    named = any(p.kind in (kinds.VAR_KEYWORD, kinds.KEYWORD_ONLY) for p in given)
    return [p.name for p in places], needed, any_place, named


def _result(value):
    kind = type(value).__name__
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        data = text.encode("utf-8")
    except MemoryError:
        return _stopped("RESULT_TOO_LARGE", _too_large())
    except RecursionError:
        return _stopped("BAD_RESULT", "The result (%s) is nested too deeply for JSON." % kind)
    except UnicodeEncodeError:
        return _stopped("BAD_RESULT", "The result holds half of a surrogate pair, which is no text.")
    except TypeError as problem:
        return _stopped("BAD_RESULT", "The result is no JSON: %s." % _message(problem))
    except ValueError as problem:
        message = _message(problem)
        if message.startswith("Out of range float"):
            message = "NaN and Infinity have no form in JSON"
        return _stopped("BAD_RESULT", "The result (%s) is no JSON: %s." % (kind, message))
    except BaseException as problem:
        text = "Writing the result (%s) failed with %s." % (kind, _name(problem))
        return _stopped("BAD_RESULT", text)
    if len(data) > MAX_RESULT:
        return _stopped("RESULT_TOO_LARGE", _too_large())
    return b"v", data


def _too_large():
    return "The result is larger than %d bytes of JSON." % MAX_RESULT


def _exception(problem, lines):
    frames = []
    trace = problem.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILE:
            frames.append((trace.tb_lineno, trace.tb_frame.f_code.co_name))
        trace = trace.tb_next
    if len(frames) > MAX_FRAMES:
        frames = frames[:10] + frames[10 - MAX_FRAMES :]
    shown = []
    for number, name in frames:
        line = lines[number - 1].strip() if number and 0 < number <= len(lines) else ""
        shown.append("%s, line %s, in %s: %s" % (FILE, number, name[:200], line[:200]))
    message = _message(problem)
    if isinstance(problem, ModuleNotFoundError) and not _is_standard(problem.name):
        message += ONLY_STANDARD
    return _raised(_name(problem), message, shown)


def _is_standard(name):
    return not isinstance(name, str) or name.split(".")[0] in sys.stdlib_module_names


def _name(problem):
    return type.__dict__["__name__"].__get__(type(problem))[:200]


def _message(problem):
    try:
        return str(str(problem))[:MAX_MESSAGE]
    except BaseException:
        return ""


def _raised(kind, message, trace):
    return b"e", _json({"type": kind, "message": message[:MAX_MESSAGE], "traceback": trace})


def _stopped(reason, message):
    return b"s", _json({"reason": reason, "message": message[:MAX_MESSAGE]})


def _json(value):
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _outline(code):
    """What the code defines at its top level; nothing of it is executed."""
    warnings.simplefilter("ignore")
    try:
        tree = ast.parse(code, FILE)
        compile(code, FILE, "exec", dont_inherit=True)
    except SyntaxError as fault:
        return _fault(fault.lineno, fault.offset, fault.msg)
    except (MemoryError, RecursionError):
        return _fault(1, 1, "the code is nested too deeply")
    except ValueError as fault:
        return _fault(1, 1, _message(fault))
    functions = [
        {
            "name": node.name,
            "async": isinstance(node, ast.AsyncFunctionDef),
            "line": node.lineno,
            "parameters": _parameters(node.args),
        }
        for node in _functions(tree)
    ]
    data = _json(functions)
    if len(data) > MAX_RESULT:
        return _fault(1, 1, "the code defines too many functions")
    return b"o", data


def _parameters(given):
    names = [a.arg for a in given.posonlyargs + given.args]
    if given.vararg:
        names.append("*" + given.vararg.arg)
    names += [a.arg for a in given.kwonlyargs]
    if given.kwarg:
        names.append("**" + given.kwarg.arg)
    return names


def _fault(line, column, message):
    fault = {"line": line or 1, "column": max(1, column or 1), "message": str(message)[:MAX_MESSAGE]}
    return b"x", _json(fault)
