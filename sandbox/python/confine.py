"""What the kernel lets a process of this sandbox do: Landlock, seccomp, resource limits.

One table names every system call that is allowed, with its number on x86-64 and on aarch64.
Everything else answers EPERM. Nothing here needs a compiler or a package: the programs are built
as bytes and handed to the kernel through ctypes.
"""

import ctypes
import os
import resource
import struct
import sys
from typing import NamedTuple

ZYGOTE, CHILD = 1, 2
BOTH = ZYGOTE | CHILD

EPERM, EACCES, ENOSYS = 1, 13, 38

AF_UNIX = 1
STREAM_PAIR = (1, 1 | 0x800, 1 | 0x80000, 1 | 0x80800)  # SOCK_STREAM with NONBLOCK, CLOEXEC
PROT_EXEC = 0x4
# Any access but reading: WRONLY, RDWR, CREAT, TRUNC, APPEND, TMPFILE without its DIRECTORY bit.
OPEN_WRITE = 0x1 | 0x2 | 0x40 | 0x200 | 0x400 | 0x400000
# TCGETS, FIONBIO, FIONCLEX, FIOCLEX: what opening a file and a socket pair asks.
IOCTLS = (0x5401, 0x5421, 0x5450, 0x5451)
# F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC: no owner, no locks, no leases.
FCNTLS = (0, 1, 2, 3, 4, 1030)
# Every CLONE_ flag that makes something else than a plain copy of the process.
CLONE_FOREIGN = 0x7E020000 | 0x10000 | 0x100 | 0x200 | 0x400 | 0x800 | 0x2000 | 0x8000
# PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS: what a child still has to do after fork.
PRCTLS = (1, 22, 38)


class Only(NamedTuple):
    """The argument, as 32 bits, is one of the values."""

    argument: int
    values: tuple


class Without(NamedTuple):
    """The argument has none of the bits."""

    argument: int
    bits: int


class Null(NamedTuple):
    """The argument, all 64 bits, is zero."""

    argument: int


# name: (x86-64, aarch64, who, conditions). None: the call does not exist there.
CALLS = {
    "read": (0, 63, BOTH),
    "write": (1, 64, BOTH),
    "readv": (19, 65, BOTH),
    "writev": (20, 66, BOTH),
    "pread64": (17, 67, BOTH),
    "close": (3, 57, BOTH),
    "close_range": (436, 436, BOTH),
    "lseek": (8, 62, BOTH),
    "dup": (32, 23, BOTH),
    "dup2": (33, None, BOTH),
    "dup3": (292, 24, BOTH),
    "fcntl": (72, 25, BOTH, Only(1, FCNTLS)),
    "ioctl": (16, 29, BOTH, Only(1, IOCTLS)),
    "pipe": (22, None, BOTH),
    "pipe2": (293, 59, BOTH),
    "eventfd2": (290, 19, BOTH),
    # Files: reading only. Which files, Landlock says.
    "open": (2, None, BOTH, Without(1, OPEN_WRITE)),
    "openat": (257, 56, BOTH, Without(2, OPEN_WRITE)),
    "stat": (4, None, BOTH),
    "fstat": (5, 80, BOTH),
    "lstat": (6, None, BOTH),
    "newfstatat": (262, 79, BOTH),
    "statx": (332, 291, BOTH),
    "access": (21, None, BOTH),
    "faccessat": (269, 48, BOTH),
    "faccessat2": (439, 439, BOTH),
    "readlink": (89, None, BOTH),
    "readlinkat": (267, 78, BOTH),
    "getdents64": (217, 61, BOTH),
    "getcwd": (79, 17, BOTH),
    "fadvise64": (221, 223, BOTH),
    # Memory: never executable.
    "mmap": (9, 222, BOTH, Without(2, PROT_EXEC)),
    "mprotect": (10, 226, BOTH, Without(2, PROT_EXEC)),
    "munmap": (11, 215, BOTH),
    "mremap": (25, 216, BOTH),
    "madvise": (28, 233, BOTH),
    "brk": (12, 214, BOTH),
    "membarrier": (324, 283, BOTH),
    # Waiting, and the pair of sockets by which an asyncio loop wakes itself.
    "poll": (7, None, BOTH),
    "ppoll": (271, 73, BOTH),
    "select": (23, None, BOTH),
    "pselect6": (270, 72, BOTH),
    "epoll_create": (213, None, BOTH),
    "epoll_create1": (291, 20, BOTH),
    "epoll_ctl": (233, 21, BOTH),
    "epoll_wait": (232, None, BOTH),
    "epoll_pwait": (281, 22, BOTH),
    # Streams only: a datagram socket could name another receiver.
    "socketpair": (53, 199, BOTH, Only(0, (AF_UNIX,)), Only(1, STREAM_PAIR)),
    "sendto": (44, 206, BOTH, Null(4)),
    "recvfrom": (45, 207, BOTH),
    "getsockname": (51, 204, BOTH),
    "getsockopt": (55, 209, BOTH),
    "shutdown": (48, 210, BOTH),
    "futex": (202, 98, BOTH),
    "nanosleep": (35, 101, BOTH),
    "clock_nanosleep": (230, 115, BOTH),
    "sched_yield": (24, 124, BOTH),
    "restart_syscall": (219, 128, BOTH),
    # Time, randomness and facts about itself.
    "clock_gettime": (228, 113, BOTH),
    "clock_getres": (229, 114, BOTH),
    "gettimeofday": (96, 169, BOTH),
    "time": (201, None, BOTH),
    "times": (100, 153, BOTH),
    "getrandom": (318, 278, BOTH),
    "getrusage": (98, 165, BOTH),
    "getrlimit": (97, 163, BOTH),
    "getpid": (39, 172, BOTH),
    "getppid": (110, 173, BOTH),
    "gettid": (186, 178, BOTH),
    "getuid": (102, 174, BOTH),
    "geteuid": (107, 175, BOTH),
    "getgid": (104, 176, BOTH),
    "getegid": (108, 177, BOTH),
    "uname": (63, 160, BOTH),
    "sched_getaffinity": (204, 123, BOTH),
    # Its own signals: handlers, masks, timers. Sending is not here.
    "rt_sigaction": (13, 134, BOTH),
    "rt_sigprocmask": (14, 135, BOTH),
    "rt_sigreturn": (15, 139, BOTH),
    "sigaltstack": (131, 132, BOTH),
    "setitimer": (38, 103, BOTH),
    "getitimer": (36, 102, BOTH),
    "alarm": (37, None, BOTH),
    "set_robust_list": (273, 99, BOTH),
    "set_tid_address": (218, 96, BOTH),
    "rseq": (334, 293, BOTH),
    "exit": (60, 93, BOTH),
    "exit_group": (231, 94, BOTH),
    # The zygote copies itself, waits for the copies and ends them.
    "clone": (56, 220, ZYGOTE, Without(0, CLONE_FOREIGN)),
    "fork": (57, None, ZYGOTE),
    "wait4": (61, 260, ZYGOTE),
    "waitid": (247, 95, ZYGOTE),
    "pidfd_open": (434, 434, ZYGOTE),
    "pidfd_send_signal": (424, 424, ZYGOTE),
    "prctl": (157, 167, ZYGOTE, Only(0, PRCTLS)),
    "landlock_restrict_self": (446, 446, ZYGOTE),
    "setrlimit": (160, 164, ZYGOTE),
    "getpriority": (140, 141, ZYGOTE),
    "setpriority": (141, 140, ZYGOTE),
}
# Read the limits: both. Set them: a child that is still being prepared.
PRLIMIT64 = (302, 261)
# The C library falls back to an older call when these "do not exist".
ABSENT = {"clone3": (435, 435), "openat2": (437, 437)}

MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
LOAD, RETURN, JUMP, JEQ, JGE, JSET = 0x20, 0x06, 0x05, 0x15, 0x35, 0x45
X32_BIT = 0x40000000


def _low(argument):
    return 16 + 8 * argument


def _checks(conditions):
    """Instructions that allow the call if every condition holds."""
    code = []
    refuse = (RETURN, 0, 0, ERRNO | EACCES)
    for condition in conditions:
        if isinstance(condition, Only):
            code.append((LOAD, 0, 0, _low(condition.argument)))
            left = len(condition.values)
            for value in condition.values:
                code.append((JEQ, left, 0, value))
                left -= 1
            code.append(refuse)
        elif isinstance(condition, Without):
            code.append((LOAD, 0, 0, _low(condition.argument)))
            code += [(JSET, 0, 1, condition.bits), refuse]
        else:
            for offset in (0, 4):
                code.append((LOAD, 0, 0, _low(condition.argument) + offset))
                code += [(JEQ, 1, 0, 0), refuse]
    code.append((RETURN, 0, 0, ALLOW))
    return code


def _search(rules):
    """A binary search: few steps per call, and quick for the kernel to verify and translate."""
    if len(rules) <= 3:
        code = []
        for number, block in rules:
            code += [(JEQ, 0, len(block), number)] + block
        return code + [(RETURN, 0, 0, ERRNO | EPERM)]
    middle = len(rules) // 2
    left, right = _search(rules[:middle]), _search(rules[middle:])
    return [(JGE, 0, 1, rules[middle][0]), (JUMP, 0, 0, len(left))] + left + right


def program(machine, who):
    """The seccomp program of the zygote or of a child, as instructions."""
    column, arch = MACHINES[machine]
    rules = {}
    for call in CALLS.values():
        if call[column] is not None and call[2] & who:
            rules[call[column]] = _checks(call[3:])
    rules[PRLIMIT64[column]] = _checks(() if who == ZYGOTE else (Only(0, (0,)), Null(2)))
    for numbers in ABSENT.values():
        rules[numbers[column]] = [(RETURN, 0, 0, ERRNO | ENOSYS)]
    start = [(LOAD, 0, 0, 4), (JEQ, 1, 0, arch), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    if machine == "x86_64":
        start += [(JGE, 0, 1, X32_BIT), (RETURN, 0, 0, KILL)]
    return start + _search(sorted(rules.items()))


class Unfit(Exception):
    """This machine cannot confine a process; the text says why."""


_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class Filter:
    """A seccomp program, ready for the kernel."""

    def __init__(self, instructions):
        code = b"".join(struct.pack("<HBBI", *step) for step in instructions)
        self._code = ctypes.create_string_buffer(code, len(code))
        self._program = ctypes.create_string_buffer(
            struct.pack("<HxxxxxxQ", len(instructions), ctypes.addressof(self._code)), 16
        )

    def apply(self):
        if _libc.prctl(38, 1, 0, 0, 0) or _libc.prctl(22, 2, self._program, 0, 0):
            raise Unfit("the kernel refuses seccomp: " + os.strerror(ctypes.get_errno()))


def landlock_abi():
    """The version of Landlock in this kernel; 0 means there is none."""
    return max(0, _libc.syscall(444, None, ctypes.c_size_t(0), 1))


class Files:
    """A Landlock rule set: reading below the given folders and nothing else."""

    READ = 0x4 | 0x8  # READ_FILE, READ_DIR

    def __init__(self, folders):
        abi = landlock_abi()
        files = 0x1FFF if abi < 2 else 0x3FFF if abi < 3 else 0x7FFF if abi < 5 else 0xFFFF
        net = 0x3 if abi >= 4 else 0
        scopes = 0x3 if abi >= 6 else 0
        size = 8 if abi < 4 else 16 if abi < 6 else 24
        rules = struct.pack("<QQQ", files, net, scopes)[:size]
        self.fd = _libc.syscall(444, rules, ctypes.c_size_t(size), 0)
        if self.fd < 0:
            raise Unfit("the kernel refuses Landlock: " + os.strerror(ctypes.get_errno()))
        for folder in folders:
            try:
                opened = os.open(folder, os.O_PATH | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            rule = struct.pack("<Qi", self.READ, opened)
            if _libc.syscall(445, self.fd, 1, rule, 0):
                raise Unfit("the kernel refuses a Landlock rule for " + folder)
            os.close(opened)

    def apply(self):
        if _libc.prctl(38, 1, 0, 0, 0) or _libc.syscall(446, self.fd, 0):
            raise Unfit("the kernel refuses Landlock: " + os.strerror(ctypes.get_errno()))


def undumpable():
    """Hides this process from others of the same user (ptrace, /proc)."""
    _libc.prctl(4, 0, 0, 0, 0)


def end_with_parent():
    """The kernel ends this process (SIGKILL) when the thread that started it ends."""
    if _libc.prctl(1, 9, 0, 0, 0):
        raise Unfit("the kernel refuses a parent-death signal")


def limit(memory):
    """Bounds this process: so many bytes of address space, no files, no processes."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (most, most))


def limit_memory(memory):
    """Bounds this process further: so many bytes of address space."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def limit_processor(seconds):
    """Bounds the processor time of this process: a signal then, SIGKILL a second later."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def filters():
    """The seccomp programs of the zygote and of its children."""
    machine = os.uname().machine
    if machine not in MACHINES or sys.byteorder != "little":
        raise Unfit("the sandbox knows x86-64 and aarch64, this machine is " + machine)
    return Filter(program(machine, ZYGOTE)), Filter(program(machine, CHILD))
