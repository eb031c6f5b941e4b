"""What a tool has of the network: `context.fetch` and a small `requests`.

Nothing here opens a socket. A request is a record on the call's channel; the server judges and
sends it, and hands the answer back through a pipe in pieces, each of which is asked for. So
whoever writes into that pipe never waits for this process.
"""

import os
import struct
import types
from base64 import b64encode
from json import dumps, loads

PIECE = 4096
MAX_TELLS = 100
MAX_REQUEST = 1 << 20
NO_NETWORK = (
    "This tool may not use the network. List the hosts it needs in its implementation, such as "
    '"allowed_hosts": ["api.example.com"], and call context.fetch("https://api.example.com/...").'
)


class FetchError(OSError):
    """There is no answer; the text says why."""


class HTTPError(FetchError):
    """The answer says that the request failed."""

    response = None


class ConnectionError(FetchError):
    """The server could not be reached, or the connection broke."""


class Timeout(FetchError):
    """No complete answer came in time."""


KINDS = {"timeout": Timeout, "connection": ConnectionError}


class Headers(dict):
    """By name, in any case."""

    def __getitem__(self, name):
        return dict.__getitem__(self, name.lower())

    def __contains__(self, name):
        return dict.__contains__(self, name.lower())

    def get(self, name, default=None):
        return dict.get(self, name.lower(), default)


class Response:
    """An answer that has arrived as a whole. Awaiting it gives itself."""

    def __init__(self, url, said, content):
        self.url = url
        self.status_code = self.status = said["status"]
        self.headers = Headers(said["headers"])
        self.encoding = said["encoding"]
        self.content = content

    def __await__(self):
        return self
        yield

    def __bool__(self):
        return self.ok

    def __repr__(self):
        return "<Response [%d]>" % self.status_code

    @property
    def ok(self):
        return self.status_code < 400

    @property
    def text(self):
        return self.content.decode(self.encoding, "replace")

    def json(self):
        return loads(self.text)

    def raise_for_status(self):
        if not self.ok:
            problem = HTTPError("%s answered %d: %s" % (self.url, self.status_code, self.text[:500]))
            problem.response = self
            raise problem


class Outside:
    """The way out of one call."""

    def __init__(self, channel, answers, allowed, heard):
        self._channel = channel
        self._answers = answers
        self._allowed = allowed
        self._tells = MAX_TELLS if heard else 0

    def progress(self, progress, total=None, message=None):
        """Says how far the call is, to whoever follows it."""
        if self._tells > 0:
            self._tells -= 1
            about = {"progress": progress, "total": total, "message": message}
            self._channel.flush()
            self._channel.record(b"F", dumps(about, allow_nan=False).encode("utf-8"))
            self._receive()

    def fetch(
        self,
        url,
        method="GET",
        *,
        headers=None,
        params=None,
        json=None,
        data=None,
        body=None,
        auth=None,
        timeout=None,
    ):
        if not self._allowed:
            raise FetchError(NO_NETWORK)
        request = {"url": str(url), "method": str(method).upper()}
        if headers:
            request["headers"] = {str(n): _text(v) for n, v in headers.items() if v is not None}
        if params:
            request["params"] = _pairs(params)
        if auth is not None:
            request["auth"] = [_text(part) for part in auth]
        if timeout is not None:
            request["timeout"] = sum(timeout) if isinstance(timeout, tuple) else timeout
        _add_body(request, json, body if data is None else data)
        text = dumps(request, allow_nan=False, ensure_ascii=False).encode("utf-8")
        if len(text) > MAX_REQUEST:
            raise FetchError("A request may have at most %d bytes of JSON." % MAX_REQUEST)
        self._channel.flush()
        self._channel.record(b"F", text)
        return self._answer(request["url"])

    def _answer(self, url):
        answer = self._receive()
        end = 4 + struct.unpack(">I", answer[:4])[0]
        said = loads(answer[4:end])
        if "error" in said:
            raise KINDS.get(said.get("kind"), FetchError)(said["error"])
        return Response(url, said, answer[end:])

    def _receive(self):
        """A length in 4 bytes, then so many bytes."""
        data, total = bytearray(), 4
        while len(data) < total:
            part = os.read(self._answers, PIECE)
            if not part:
                raise FetchError("The server does not answer.")
            data += part
            if len(data) >= 4:
                total = 4 + struct.unpack(">I", data[:4])[0]
            if len(data) < total and len(data) % PIECE == 0:
                self._channel.record(b"M")
        return bytes(data[4:])


def _add_body(request, json, data):
    if json is not None:
        request["json"] = json
    elif isinstance(data, (bytes, bytearray)):
        request["base64"] = b64encode(data).decode()
    elif isinstance(data, str):
        request["text"] = data
    elif data is not None:
        request["form"] = _pairs(data)


def _pairs(given):
    """Names and values as texts; a list of values repeats its name, None is left out."""
    pairs = []
    for name, value in given.items() if hasattr(given, "items") else given:
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if one is not None:
                pairs.append([_text(name), _text(one)])
    return pairs


def _text(value):
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


class Session:
    """What `requests` calls a session: headers, params and auth that go with each request."""

    def __init__(self, outside):
        self._outside = outside
        self.headers = {}
        self.params = {}
        self.auth = None

    def request(self, method, url, **given):
        given["headers"] = {**self.headers, **(given.get("headers") or {})}
        given["params"] = _pairs(self.params) + _pairs(given.get("params") or {})
        given["auth"] = given.get("auth") or self.auth
        return self._outside.fetch(url, method, **given)

    def get(self, url, params=None, **given):
        return self.request("GET", url, params=params, **given)

    def options(self, url, **given):
        return self.request("OPTIONS", url, **given)

    def head(self, url, **given):
        return self.request("HEAD", url, **given)

    def post(self, url, data=None, json=None, **given):
        return self.request("POST", url, data=data, json=json, **given)

    def put(self, url, data=None, **given):
        return self.request("PUT", url, data=data, **given)

    def patch(self, url, data=None, **given):
        return self.request("PATCH", url, data=data, **given)

    def delete(self, url, **given):
        return self.request("DELETE", url, **given)

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        pass


def modules(outside):
    """`requests` and what can be imported below it, by name."""
    requests = types.ModuleType("requests", "A few functions of requests, over context.fetch.")
    exceptions = types.ModuleType("requests.exceptions")
    for problem in (HTTPError, ConnectionError, Timeout):
        setattr(requests, problem.__name__, problem)
        setattr(exceptions, problem.__name__, problem)
    requests.RequestException = exceptions.RequestException = FetchError
    requests.exceptions = exceptions
    requests.Response = Response
    requests.Session = requests.session = lambda: Session(outside)
    once = Session(outside)
    for name in ("request", "get", "options", "head", "post", "put", "patch", "delete"):
        setattr(requests, name, getattr(once, name))
    return {"requests": requests, "requests.exceptions": exceptions}


class Context(dict):
    """What the platform says of the call, with the ways out as `fetch` and `progress`."""

    def __init__(self, given, outside):
        dict.__init__(self, given)
        self.fetch = outside.fetch
        self.progress = outside.progress
