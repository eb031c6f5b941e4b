"""A warm Python that copies itself for every call.

Standard input carries headers of 20 bytes: a letter, the id of the call, its time in milliseconds,
the length of what follows. `C` begins a call: the fresh copy, not this process, reads what
follows. `A` is a piece of an answer that a call asked for. `K` ends a call. End of input ends
everything. Standard output carries headers of 16
bytes (letter, id, length) and what they announce: `H` ready, `F` unfit, `D` bytes of a child, `E`
the end of a child. This process never looks at what it relays, and wipes it from every copy.
"""

import os
import sys

HEADER_IN, HEADER_OUT, ORDER = ">B3xQIII", ">B3xQI", ">III"
CHUNK = 65536
# What the smallest pipe can hold: one piece is under way at a time, so writing it never waits.
PIECE = 4096
MEMORY = 256 << 20
MAX_REQUEST = 16 << 20
# Logs and a result, and 8 MiB of requests; the server, which reads them, counts more exactly.
MAX_OUTPUT = 10 << 20
ENDED, DEADLINE, ASKED, FLOOD, SILENT = range(5)
MADV_WIPEONFORK = 18

# The documented modules that are slow to import, and every C module they may want: a child can read
# the rest of the standard library but cannot load machine code.
MODULES = """
ast asyncio base64 binascii bisect calendar codecs collections contextlib copy csv dataclasses
datetime decimal difflib encodings.idna encodings.latin_1 enum fractions functools hashlib heapq
hmac html inspect io itertools json linecache math operator os pprint random re secrets sqlite3
statistics string struct textwrap time traceback types typing unicodedata urllib.parse uuid
warnings weakref zlib zoneinfo array cmath pyexpat _strptime _elementtree _decimal _datetime
_zoneinfo _json _struct _random _heapq _bisect _statistics _csv _hashlib _blake2 _sha1 _sha256
_sha512 _sha2 _sha3 _md5 _uuid _opcode _bz2 _lzma
""".split()


class Zygote:
    """The loop, the children, and one buffer for whatever they say."""

    def __init__(self, child, confine, files, child_filter):
        self._child = child
        self._confine = confine
        self._files = files
        self._filter = child_filter
        self._null = os.open("/dev/null", os.O_RDWR)
        self._pid = os.getpid()
        self._base = _address_space()
        self._calls = {}
        self._by_fd = {}
        self._spare = None
        self._poll = select.poll()
        self._poll.register(0, select.POLLIN)
        private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        buffer = mmap.mmap(-1, CHUNK, private)
        buffer.madvise(MADV_WIPEONFORK)
        self._buffer = memoryview(buffer)
        self._header = struct.calcsize(HEADER_OUT)

    def run(self):
        while True:
            events = self._poll.poll(self._wait() if self._spare else 0)
            if not events and not self._spare:
                self._spare = self._copy()
            for fd, _ in events:
                if fd == 0:
                    self._order()
                elif fd in self._by_fd:
                    call = self._by_fd[fd]
                    self._relay(call) if fd == call.out else self._reap(call)
            now = time.monotonic()
            for call in self._calls.values():
                if call.deadline <= now:
                    call.end(call.late)

    def _wait(self):
        """Milliseconds until the next deadline."""
        if not self._calls:
            return None
        first = min(call.deadline for call in self._calls.values())
        return None if first == math.inf else max(0, (first - time.monotonic()) * 1000) + 1

    def _order(self):
        header = b""
        size = struct.calcsize(HEADER_IN)
        while len(header) < size:
            part = os.read(0, size - len(header))
            if not part:
                os._exit(0)
            header += part
        letter, number, millis, memory, length = struct.unpack(HEADER_IN, header)
        if letter == ord("C"):
            self._begin(number, millis, memory, length)
        elif letter == ord("A"):
            self._answer(number, length)
        elif letter == ord("K"):
            if number in self._calls:
                self._calls[number].end(ASKED)
        else:
            os._exit(1)

    def _begin(self, number, millis, memory, length):
        call, self._spare = self._spare or self._copy(), None
        os.write(call.go, struct.pack(ORDER, millis, memory, length))
        os.set_blocking(call.go, False)
        if os.read(call.out, 1) != b"A":  # the child did not take its request: the input is lost
            os._exit(1)
        call.number = number
        call.deadline = time.monotonic() + millis / 1000
        self._calls[number] = call
        for fd in (call.out, call.process):
            self._by_fd[fd] = call
            self._poll.register(fd, select.POLLIN)

    def _answer(self, number, length):
        """Hands a piece on, through the buffer that no copy inherits; a child that does not take
        what it asked for ends."""
        if length > PIECE:
            os._exit(1)
        got = 0
        while got < length:
            size = os.readv(0, [self._buffer[got:length]])
            if not size:
                os._exit(0)
            got += size
        call = self._calls.get(number)
        if call:
            try:
                if os.write(call.go, self._buffer[:length]) != length:
                    call.end(FLOOD)
            except BlockingIOError:
                call.end(FLOOD)
            except BrokenPipeError:
                pass  # it is gone, as will be noticed

    def _copy(self):
        """A fresh child. One is made while nothing else is to do, and waits for its only call."""
        out, channel = os.pipe()
        start, go = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._live(channel, start)
        os.close(channel)
        os.close(start)
        return Call(pid, out, go, os.pidfd_open(pid))

    def _live(self, channel, start):
        """In the child: give up every right, take the request, answer."""
        try:
            confine = self._confine
            for fd in (1, 2):
                os.dup2(self._null, fd)
            rules = [self._files.fd] if self._files else []
            before = 2
            for fd in sorted([channel, start, self._null, *rules]) + [1 << 16]:
                os.closerange(before + 1, fd)
                before = fd
            confine.end_with_parent()
            if os.getppid() != self._pid:
                os._exit(1)
            confine.limit(self._base + MEMORY)
            if self._files:
                self._files.apply()
                os.close(self._files.fd)
            self._child.differ()
            millis, memory, length = struct.unpack(ORDER, os.read(start, struct.calcsize(ORDER)))
            request = self._take(length)
            os.dup2(self._null, 0)
            os.close(self._null)
            os.write(channel, b"A")
            os.setpriority(os.PRIO_PROCESS, 0, 5)
            confine.limit_processor(millis // 1000 + 2)
            if 0 < memory << 20 < MEMORY:
                confine.limit_memory(self._base + (memory << 20))
            self._filter.apply()
            self._child.main(channel, start, request)
        finally:
            os._exit(70)

    @staticmethod
    def _take(length):
        request = bytearray(min(length, MAX_REQUEST))
        view = memoryview(request)
        while view:
            size = os.readv(0, [view])
            if not size:
                os._exit(1)
            view = view[size:]
        view.release()
        return request

    def _relay(self, call):
        """Moves what a child said into a frame."""
        size = os.readv(call.out, [self._buffer[self._header :]])
        if size == 0:
            # Most are just ending; one that closed its channel and stays gets no more time.
            call.late = SILENT
            call.deadline = min(call.deadline, time.monotonic() + 0.05)
            self._forget(call.out)
            call.out = -1
            return
        call.said += size
        if call.said > MAX_OUTPUT:
            call.end(FLOOD)
        else:
            self._send("D", call.number, size)

    def _reap(self, call):
        while call.out >= 0:
            self._relay(call)
        _, status, usage = os.wait4(call.pid, 0)
        cpu = int((usage.ru_utime + usage.ru_stime) * 1000)
        self._forget(call.process)
        os.close(call.go)
        del self._calls[call.number]
        end = struct.pack(">BiI", call.reason, status, cpu)
        self._buffer[self._header : self._header + len(end)] = end
        self._send("E", call.number, len(end))

    def _forget(self, fd):
        self._poll.unregister(fd)
        del self._by_fd[fd]
        os.close(fd)

    def _send(self, letter, number, size):
        struct.pack_into(HEADER_OUT, self._buffer, 0, ord(letter), number, size)
        view = self._buffer[: self._header + size]
        while view:
            view = view[os.write(1, view) :]

    def say(self, letter, data):
        self._buffer[self._header : self._header + len(data)] = data
        self._send(letter, 0, len(data))


class Call:
    """A child, the call it was given, and why it ended if it did not end by itself."""

    def __init__(self, pid, out, go, process):
        self.pid = pid
        self.out = out
        self.go = go
        self.process = process
        self.number = 0
        self.deadline = math.inf
        self.late = DEADLINE
        self.reason = ENDED
        self.said = 0

    def end(self, reason):
        self.deadline = math.inf
        if self.reason == ENDED:
            self.reason = reason
            try:
                signal.pidfd_send_signal(self.process, signal.SIGKILL)
            except ProcessLookupError:
                pass


def _address_space():
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[0]) * mmap.PAGESIZE


def _drop(arguments):
    """Leaves root, for launchers without setpriv."""
    if os.geteuid() == 0:
        if len(arguments) < 3:
            raise RuntimeError("the sandbox must not run as root")
        os.setgroups([])
        os.setresgid(int(arguments[2]), int(arguments[2]), int(arguments[2]))
        os.setresuid(int(arguments[1]), int(arguments[1]), int(arguments[1]))
    if 0 in os.getresuid():
        raise RuntimeError("the sandbox still runs as root")


def _preload():
    # Hooks that repair locks after a fork are not needed where no other thread ever was, and cost
    # a third of the fork. The one that matters, a new random seed, is the child's first act.
    register, os.register_at_fork = os.register_at_fork, lambda **hooks: None
    for name in MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            if not name.startswith("_"):  # private ones differ between releases
                raise
    os.register_at_fork = register
    "x".encode("idna")
    sys.modules["hashlib"].new("sha256")
    time.strptime("2000", "%Y")
    sys.modules["sqlite3"].connect(":memory:").close()


def _start(command):
    sys.modules["ssl"] = None  # asyncio does without; there is no network to speak it to
    _preload()
    del sys.modules["ssl"]
    import child
    import confine

    del sys.path[0]
    os.environ.clear()
    os.environ.update({"TZ": "UTC", "LANG": "C.UTF-8"})
    time.tzset()
    os.chdir("/")
    confine.undumpable()
    abi = confine.landlock_abi()
    files = None
    if command != "bwrap" or abi:
        if not abi:
            raise confine.Unfit("this kernel has no Landlock")
        paths = sysconfig.get_paths()
        files = confine.Files(
            sorted({paths["stdlib"], paths["platstdlib"], "/usr/share/zoneinfo"})
        )
    own_filter, child_filter = confine.filters()
    zygote = Zygote(child, confine, files, child_filter)
    hello = {
        "python": sys.executable,
        "version": sys.version.split()[0],
        "landlock": abi,
        "uid": os.getuid(),
    }
    confine.end_with_parent()
    sys.executable = ""
    sys.argv = [""]
    for name in ("child", "confine", "fetch"):
        sys.modules.pop(name, None)
    if files:
        files.apply()
    own_filter.apply()
    gc.collect()
    gc.disable()
    gc.freeze()
    zygote.say("H", json.dumps(hello).encode())
    return zygote


def _fail(text):
    data = text.encode("utf-8", "replace")[:2000]
    os.write(1, struct.pack(HEADER_OUT, ord("F"), 0, len(data)) + data)
    os._exit(1)


if __name__ == "__main__":
    import struct

    if sys.version_info < (3, 10):
        _fail("Python %d.%d is too old, 3.10 is needed" % sys.version_info[:2])
    try:
        _drop(sys.argv[1:])
        import gc
        import importlib
        import json
        import math
        import mmap
        import select
        import signal
        import sysconfig
        import time

        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        ready = _start(sys.argv[1] if len(sys.argv) > 1 else "")
    except Exception as problem:
        kind = type(problem).__name__
        _fail(str(problem) if kind in ("Unfit", "RuntimeError") else "%s: %s" % (kind, problem))
    ready.run()
