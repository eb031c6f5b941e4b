#!/usr/bin/env python3
"""Measures the packaged product on this machine and prints a Markdown table and JSON.

    ./toolwright package && python3 benchmarks/measure.py [--seconds 5] [--json out.json]

Everything is measured in one run, beside two floors: the server's own health page (what HTTP and this client cost) and
the HTTP service that the HTTP tool calls, asked directly. Compare ratios and medians; single figures move with the load
of the machine. Needs Linux and nothing but python3.
"""
import argparse
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PRODUCT = pathlib.Path(os.environ.get("TOOLWRIGHT_PRODUCT", ROOT / "build" / "product"))
CALLERS = 16


class Echo(http.server.BaseHTTPRequestHandler):
    """The service behind the HTTP tool."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # header and body in one packet: two would wait for each other's acknowledgement
    body = b'{"pong": true}'

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_):
        pass


class Server:
    def __init__(self, home, echo_port):
        self.home, self.echo_port = home, echo_port

    def start(self):
        """Seconds from the command to the ready line."""
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [str(PRODUCT / "toolwright"), "serve", "--home", str(self.home), "--port", "0",
             "--egress-allow", f"127.0.0.1:{self.echo_port}"],
            stdout=subprocess.PIPE, text=True, start_new_session=True)
        for line in self.process.stdout:
            found = re.search(r"ready at http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                break
        else:
            raise SystemExit("the server did not start; see " + str(self.home / "log"))
        took = time.perf_counter() - began
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        login = (self.home / "first-login.txt").read_text()
        self.token = re.search(r"token=(\S+)", login).group(1)
        return took

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def client(self):
        return Client(self.port, self.token)

    def memory(self):
        """Proportional resident memory in MiB of the server, its PostgreSQL and its workers."""
        parts = {"server": 0, "postgresql": 0, "sandbox": 0}
        postgres = self.postgres()
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                pss = re.search(r"^Pss:\s+(\d+)", (entry / "smaps_rollup").read_text(), re.M)
                parent = int(re.search(r"^PPid:\s+(\d+)", (entry / "status").read_text(), re.M).group(1))
            except (OSError, AttributeError):
                continue
            if int(entry.name) == self.process.pid:
                parts["server"] += int(pss.group(1))
            elif postgres in (int(entry.name), parent):
                parts["postgresql"] += int(pss.group(1))
            elif self.descends(int(entry.name)):
                parts["sandbox"] += int(pss.group(1))
        return {name: round(kib / 1024) for name, kib in parts.items()}

    def postgres(self):
        for root in (pathlib.Path("/var/lib/toolwright"), self.home):
            for file in root.glob("**/postmaster.pid"):
                pid = int(file.read_text().split()[0])
                if self.port and pathlib.Path(f"/proc/{pid}").exists():
                    started = file.stat().st_mtime
                    if started > self.began:
                        return pid
        return -1

    def descends(self, pid):
        while pid > 1:
            if pid == self.process.pid:
                return True
            try:
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
            except OSError:
                return False
            pid = int(re.search(r"^PPid:\s+(\d+)", status, re.M).group(1))
        return False


class Client:
    def __init__(self, port, token):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.headers = {"X-Token": token, "Content-Type": "application/json"}

    def __call__(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status == 200, (path, answer.status, content[:300])
        return json.loads(content) if content[:1] in b"{[" else content


def measure(make, seconds, callers):
    """Median and 99th percentile in ms, and rate per second, with `callers` at once."""
    make()()
    taken, stop = [], time.perf_counter() + seconds

    def work():
        act = make()
        while time.perf_counter() < stop:
            began = time.perf_counter()
            act()
            taken.append((time.perf_counter() - began) * 1e3)

    began = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(callers)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    elapsed = time.perf_counter() - began
    taken.sort()
    return {"p50_ms": round(taken[len(taken) // 2], 2), "p99_ms": round(taken[int(len(taken) * .99)], 2),
            "per_second": round(len(taken) / elapsed)}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=5)
    options.add_argument("--json", type=pathlib.Path)
    given = options.parse_args()
    echo = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=echo.serve_forever, daemon=True).start()
    home = pathlib.Path(tempfile.mkdtemp(prefix="toolwright-bench-"))
    server = Server(home, echo.server_port)
    server.began = time.time() - 1
    figures = {"start": {"first_s": round(server.start(), 2)}}
    try:
        for _ in range(240):
            if list((home / "aot").glob("*.aot")):
                break
            time.sleep(.5)
        server.stop()
        figures["start"]["next_s"] = sorted(restart(server) for _ in range(3))[1]
        server.start()
        time.sleep(20)  # the spare JavaScript worker starts some seconds after the server
        figures["rest_mib"] = server.memory()
        jobs(server, echo.server_port, given.seconds, figures)
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)
    show(figures)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2))


def restart(server):
    took = server.start()
    server.stop()
    return round(took, 2)


def jobs(server, echo_port, seconds, figures):
    call = server.client()
    call("POST", "/agents/tools/create", {
        "name": "ping", "description": "Asks the echo", "tool_type": "api_endpoint",
        "implementation": {"url": f"http://127.0.0.1:{echo_port}/", "method": "GET"}})
    agent = call("POST", "/agents/create", {
        "name": "bench", "instructions": "-", "model": "rehearsal", "tools": ["word_count", "ping"]})["agent_id"]

    def test(tool, parameters):
        def make():
            client = server.client()
            return lambda: client("POST", f"/agents/tools/{tool}/test", {"parameters": parameters})
        return make

    def job(steps):
        script = "\n---\n".join(['CALL word_count {"text": "a b c"}'] * (steps - 1) + ["SAY done"])

        def make():
            client = server.client()

            def act():
                job_id = client("POST", "/agents/execute", {"agent_id": agent, "message": script})["job_id"]
                status = client("GET", f"/agents/status/{job_id}?wait=30")
                assert status["status"] == "completed", status
            return act
        return make

    def page(path):
        def make():
            client = server.client()
            return lambda: client("GET", path)
        return make

    def mcp():
        client = server.client()
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                "params": {"name": "word_count", "arguments": {"text": "a b c"}}}
        return lambda: client("POST", "/mcp", body)

    def direct():
        client = Client(echo_port, "")
        return lambda: client("GET", "/")

    todo = [("floor: health page", page("/health/live")), ("floor: the echo itself", direct),
            ("HTTP tool, recorded", test("ping", {})), ("Python tool, recorded", test("word_count", {"text": "a b c"})),
            ("Python tool over MCP, recorded", mcp), ("job of 1 step, submit to completed", job(1)),
            ("job of 10 model steps, 9 Python calls", job(10))]
    for name, make in todo:
        measure(make, min(seconds, 3), 2)
        figures[name] = {"alone": measure(make, seconds, 1), f"{CALLERS} callers": measure(make, seconds, CALLERS)}


def show(figures):
    print(f"| what | p50 alone | p99 alone | p50 of {CALLERS} callers | per second |\n|---|---|---|---|---|")
    for name, figure in figures.items():
        if "alone" in figure:
            alone, many = figure["alone"], figure[f"{CALLERS} callers"]
            print(f"| {name} | {alone['p50_ms']} ms | {alone['p99_ms']} ms | {many['p50_ms']} ms | {many['per_second']} |")
    print(f"\nStart to ready: first {figures['start']['first_s']} s, later {figures['start']['next_s']} s (median of 3).")
    rest = figures["rest_mib"]
    print(f"Memory at rest: {sum(rest.values())} MiB ({', '.join(f'{k} {v}' for k, v in rest.items())}).")


if __name__ == "__main__":
    main()
