"""Tries to get out, through the same door as every tool, and tells what it achieved.

The answer maps the name of each attempt that SUCCEEDED to what it saw. Empty means confined.
"""

import ctypes
import os
import signal
import socket
import struct

# io_uring_setup, bpf, keyctl, perf_event_open, userfaultfd, pidfd_open, truncate, ptrace,
# process_vm_readv, unshare, setns, mount, memfd_create, open_tree, shmget, kill, prctl, chroot
NUMBERS = {
    "x86_64": (425, 321, 250, 298, 323, 434, 76, 101, 310, 272, 308, 165, 319, 428, 29, 62, 157, 161),
    "aarch64": (425, 280, 219, 241, 282, 434, 45, 117, 270, 97, 268, 40, 279, 428, 194, 129, 167, 51),
}


def run(parameters, context):
    attempts = _Attempts(parameters)
    names = [name for name in dir(_Attempts) if not name.startswith("_")]
    names = [name for name in names if name not in parameters.get("without", ())]
    seen = {name: _attempt(getattr(attempts, name)) for name in names}
    return {name: str(what)[:200] for name, what in seen.items() if what is not None}


def _attempt(what):
    try:
        return what()
    except (OSError, AttributeError, RuntimeError, ValueError):
        return None


class _Attempts:
    def __init__(self, parameters):
        self._canary = parameters["canary"]
        self._folder = os.path.dirname(self._canary)
        libc = ctypes.CDLL(None, use_errno=True)
        libc.syscall.restype = ctypes.c_long
        self._call = libc.syscall
        self._numbers = NUMBERS[os.uname().machine]

    def _number(self, place, *arguments):
        """What a system call by number answers, or None if it is refused."""
        full = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
        full += [ctypes.c_long(0)] * (6 - len(full))
        result = self._call(ctypes.c_long(self._numbers[place]), *full)
        return None if result < 0 else result

    def read_host_file(self):
        with open(self._canary) as file:
            return file.read()

    def read_passwd(self):
        with open("/etc/passwd") as file:
            return file.readline()

    def list_root(self):
        return os.listdir("/home")

    def read_own_memory(self):
        with open("/proc/self/mem", "rb"):
            return "opened"

    def read_parent_environment(self):
        with open("/proc/%d/environ" % os.getppid(), "rb") as file:
            return len(file.read())

    def environment(self):
        return sorted(set(os.environ) - {"TZ", "LANG"}) or None

    def _write(self, folder):
        path = "%s/toolwright-%s" % (folder, os.urandom(8).hex())
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        os.unlink(path)
        return path

    def write_folder(self):
        return self._write(self._folder)

    def write_tmp(self):
        return self._write("/tmp")

    def write_shm(self):
        return self._write("/dev/shm")

    def make_folder(self):
        path = "/tmp/toolwright-" + os.urandom(8).hex()
        os.mkdir(path)
        os.rmdir(path)
        return path

    def change_mode(self):
        return os.chmod(self._canary, 0o600) or "changed"

    def socket_inet(self):
        return socket.socket(socket.AF_INET).fileno()

    def socket_inet6(self):
        return socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).fileno()

    def socket_unix(self):
        return socket.socket(socket.AF_UNIX).fileno()

    def socket_netlink(self):
        return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).fileno()

    def socket_datagram_pair(self):
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].fileno()

    def fork(self):
        child = os.fork()
        if child == 0:
            os._exit(0)
        return child

    def thread(self):
        import _thread

        return _thread.start_new_thread(int, ())

    def signal_parent(self):
        return os.kill(os.getppid(), 0) or "sent"

    def signal_everyone(self):
        return os.kill(-1, 0) or "sent"

    def signal_parent_by_number(self):
        return self._number(15, os.getppid(), 0)

    def limits_raised(self):
        import resource

        return resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16)) or "changed"

    def user(self):
        return "root" if 0 in (os.getuid(), os.geteuid(), os.getgid(), os.getegid()) else None

    def executable_memory(self):
        import mmap

        return len(mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC))

    def io_uring(self):
        return self._number(0, 1, ctypes.create_string_buffer(256))

    def bpf(self):
        return self._number(1, 0, ctypes.create_string_buffer(struct.pack("<IIII", 2, 4, 4, 1), 128), 128)

    def keyctl(self):
        return self._number(2, 0, -3, 1)

    def perf_event_open(self):
        attributes = struct.pack("<IIQ", 1, 128, 0).ljust(40, b"\0") + struct.pack("<Q", 0x61)
        return self._number(3, ctypes.create_string_buffer(attributes, 128), 0, -1, -1, 0)

    def userfaultfd(self):
        return self._number(4, 1)

    def pidfd_of_parent(self):
        return self._number(5, os.getppid(), 0)

    def truncate(self):
        return self._number(6, ctypes.create_string_buffer(self._canary.encode()), 1 << 10)

    def ptrace(self):
        return self._number(7, 0, 0, 0, 0)

    def read_parent_memory(self):
        here = ctypes.create_string_buffer(8)
        vector = ctypes.create_string_buffer(struct.pack("<QQ", ctypes.addressof(here), 8), 16)
        return self._number(8, os.getppid(), vector, 1, vector, 1, 0)

    def unshare_user(self):
        return self._number(9, 0x10000000)

    def unshare_files(self):
        return self._number(9, 0x400)

    def setns(self):
        return self._number(10, 0, 0)

    def mount(self):
        name = ctypes.create_string_buffer(b"/tmp")
        return self._number(11, name, name, ctypes.create_string_buffer(b"tmpfs"), 0, 0)

    def memfd_create(self):
        return self._number(12, ctypes.create_string_buffer(b"x"), 0)

    def open_tree(self):
        return self._number(13, -100, ctypes.create_string_buffer(b"/"), 0)

    def shared_memory(self):
        return self._number(14, 0, 4096, 0o1600)

    def capabilities(self):
        with open("/proc/self/status") as file:
            given = [line.split()[1] for line in file if line.startswith("CapEff")]
        return given if int(given[0], 16) else None

    def prctl(self):
        return self._number(16, 4, 1, 0, 0, 0)

    def chroot(self):
        return self._number(17, ctypes.create_string_buffer(b"/"))

    def zz_execute(self):
        """The last one: where it works nothing comes after it, and no answer is a leak too."""
        return os.execv("/bin/true", ["true"])
