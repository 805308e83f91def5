#!/usr/bin/env python3
# fmt: off
"""Let a server stop only when nothing that entered it is still in flight. Forms:
    gate.py wait    --port 8080 --min-wait 20 --deadline 50          a Pod's preStop exec hook
    gate.py run     --port 8080 --min-wait 20 --grace 60 -- CMD ARG  PID 1 (ECS, or any container)
    gate.py serve   --port 8080 --listen 0.0.0.0:9900 --deadline 50  sidecar: preStop httpGet blocks on it
    gate.py observe --port 8080 --for 120 [--ignore IP]              when did the last request come?
It lets go once --min-wait (20 s: how long the load balancer may still send) is over and two looks in a row found
nothing in flight, at --deadline (25; of run: --grace - 1) whatever is found. A connection to a --port is, by its data,
  busy    where bytes wait to be read or acknowledged, or the last byte came in: a request without its answer
  unsure  where the last bytes in and out are of one clock tick: busy until quiet for --longest (30) seconds
  idle    where the last byte went out, strictly after the last one came in and --pause (0.1) seconds ago or more
Others who know, at http://127.0.0.1: or http://[::1]: --inflight-url URL[#NAME], --nginx-status URL, --envoy-stats URL,
--busy-url URL (unless it says 0, false, no or idle); --busy-file FILE (while it exists). Done first: --stop-intake 'CMD',
--stop-intake-signal SIG (to PID 1; of run: to CMD). Done after --min-wait: --sessions URL|SIG, asks that long sessions be
closed. Of run: --child-only, --rewrite 15:3 (0 drops), -e/--ok-exit 143 (as 0), --stop-signal SIG (TERM).
It FAILS SLOW: what cannot be seen counts as busy; a wrong flag of wait means sleeping until the deadline. wait exits
0 drained, 1 deadline with work in flight, 3 failed slow; run as its child. Needs Linux and Python 3.8, no privileges."""

# signal and socket would bring enum and selectors, a third of the time to start: their C modules are enough
import _signal as signal
import _socket as socket
import errno
import os
import select
import struct
import sys
import time

DRAINED, LATE, FAILED = "drained", "late", "failed"
EXITS = {DRAINED: 0, LATE: 1, FAILED: 3}
BUSY, UNSURE, IDLE = "busy", "unsure", "idle"
MIN_WAIT, DEADLINE, GRACE = 20.0, 25.0, 30.0
EVERY = 0.1  # seconds between two looks once --min-wait is over; before, one a second
HTTP_SECONDS, COMMAND_SECONDS, MOST_BYTES, MOST_CALLERS = 1.0, 10.0, 1 << 20, 32
LOG, PROC_NET = "/proc/1/fd/1", "/proc/net"

(ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING,
 NEW_SYN_RECV) = range(1, 13)  # include/net/tcp_states.h
OPEN = (ESTABLISHED, SYN_RECV, FIN_WAIT1, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING, NEW_SYN_RECV)
# linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h, linux/tcp.h
NETLINK_SOCK_DIAG, TCPDIAG_GETSOCK, INET_DIAG_INFO = 4, 18, 2
NLMSG_ERROR, NLMSG_DONE, NLM_F_REQUEST_DUMP, NLM_F_DUMP_INTR = 2, 3, 0x301, 0x10
HEADER = struct.Struct("=IHHI4x")  # nlmsghdr: size, type, flags, sequence
MESSAGE = struct.Struct("=IHHI4x xB2x2s50xII")  # and inet_diag_msg: state, local port, unread, unacknowledged
AT_KEY, AT_ATTRIBUTES = 20, 88  # where ports and addresses begin, and what comes after inet_diag_msg
STAMPS = struct.Struct("=HH44xI4xI")  # INET_DIAG_INFO: size, type, ms since data was sent, and received
SPARE = 128  # bytes behind what was received, so that nothing is read beyond the buffer

# ------------------------------------------------------------ pure: what is in flight, when to let go
def judge(state, unread, unsent, stamps, longest_ms, pause_ms):
    """Busy, unsure or idle, by a connection's queues and the ages of its last data (out, in)."""
    if state in (FIN_WAIT1, LAST_ACK, CLOSING):  # the server closed: its answer's tail may be under way
        return BUSY if unsent > 1 else IDLE  # its FIN counts as one byte
    if state not in (ESTABLISHED, CLOSE_WAIT):
        return BUSY if state in (SYN_RECV, NEW_SYN_RECV) else IDLE
    if state == CLOSE_WAIT and unread:
        unread -= 1  # the client's FIN; it may well wait for its answer
    if unread or unsent or stamps is None or stamps[1] < stamps[0]:
        return BUSY
    return UNSURE if stamps[0] < (longest_ms if stamps[0] == stamps[1] else pause_ms) else IDLE

class Drain:
    """Decides when to let go. It has no clock: it is told the time, and what was found."""
    def __init__(self, started, min_wait, deadline):
        self.started, self.min_wait, self.deadline, self.zeros = started, min_wait, deadline, 0
    def step(self, now, in_flight):
        """DRAINED, LATE, FAILED, or None: look again. *in_flight* is None where nobody could tell."""
        elapsed = now - self.started
        self.zeros = self.zeros + 1 if in_flight == 0 and elapsed >= self.min_wait else 0
        if self.zeros < 2 and elapsed < self.deadline:  # one look may miss what moves in the kernel's table meanwhile
            return None
        return FAILED if in_flight is None else LATE if in_flight else DRAINED
    def nap(self, now):
        """Seconds until the next look: never past the end of min_wait, nor past the deadline."""
        elapsed = now - self.started
        nap = EVERY if elapsed >= self.min_wait else min(1.0, self.min_wait - elapsed)
        return max(0.001, min(nap, self.deadline - elapsed))

class Sample:
    """What one look at the sockets found."""
    def __init__(self):
        self.counts, self.torn = {BUSY: 0, UNSURE: 0, IDLE: 0}, 0  # torn: the kernel's table changed meanwhile
        self.ports, self.ages = set(), {}  # ports with any socket; ms since each connection's last byte came in
    def in_flight(self):
        return self.counts[BUSY] + self.counts[UNSURE] + self.torn

def diag_request(port, states, sequence):
    """Asks for the sockets with this local port, of both families at once, and their TCP_INFO."""
    body = struct.pack("=3xB", 1 << (INET_DIAG_INFO - 1)) + struct.pack(">H46x", port)
    body += struct.pack("=I4x", sum(1 << state for state in states))
    return HEADER.pack(HEADER.size + len(body), TCPDIAG_GETSOCK, NLM_F_REQUEST_DUMP, sequence) + body

def read_diag(data, end, sequence, port, keep, sample, longest_ms, pause_ms):
    """Take one datagram of the kernel's answer into *sample*; True when it was the last."""
    at, info, wanted = 0, AT_ATTRIBUTES, struct.pack(">H", port)
    while at < end:
        size, kind, flags, number, state, local, unread, unsent = MESSAGE.unpack_from(data, at)
        if not 20 <= size <= end - at or (kind == TCPDIAG_GETSOCK and size < AT_ATTRIBUTES):
            raise OSError(errno.EBADMSG, "a message is cut off")
        if number != sequence:
            pass  # the rest of an older answer
        elif kind in (NLMSG_ERROR, NLMSG_DONE):
            code = -struct.unpack_from("=i", data, at + 16)[0]
            if code > 0 or kind == NLMSG_ERROR:
                raise OSError(code, os.strerror(code))
            return True
        elif local == wanted:
            sample.ports.add(port)
            sample.torn |= flags & NLM_F_DUMP_INTR
            if state != LISTEN:  # what waits to be accepted has sockets of its own
                length, attribute, *stamps = STAMPS.unpack_from(data, at + info)
                if attribute != INET_DIAG_INFO or info + length > size:
                    info = find_stamps(data, at, size)  # mostly it is where it was in the last one
                    stamps = STAMPS.unpack_from(data, at + info)[2:] if info < size else None
                sample.counts[judge(state, unread, unsent, stamps, longest_ms, pause_ms)] += 1
                if keep:
                    sample.ages[bytes(data[at + AT_KEY:at + AT_KEY + 36])] = stamps and stamps[1]
        at += (size + 3) & ~3
    return False

def find_stamps(data, at, size):
    """Where in a message the INET_DIAG_INFO attribute begins; *size* or more where there is none."""
    info = AT_ATTRIBUTES
    while info + STAMPS.size <= size:
        length, attribute = struct.unpack_from("=HH", data, at + info)
        if attribute == INET_DIAG_INFO and STAMPS.size <= length <= size - info:
            return info
        info += max(4, (length + 3) & ~3)
    return size

def read_proc_line(line):
    """Port, state, unread, unsent and identity, from a line of /proc/net/tcp."""
    _, local, remote, state, queues = line.split(None, 5)[:5]
    return int(local[-4:], 16), int(state, 16), int(queues[9:], 16), int(queues[:8], 16), local + remote

def numbers_in(text):
    """(name, number), from `3`, `name 3`, `name: 3`, {"name": 3} and Prometheus' `name{label="x"} 3`."""
    found = []
    for line in text.splitlines():
        labelled = line[:1].isalpha() and "{" in line
        line, name = line.partition("{")[0] + line.rpartition("}")[2] if labelled else line, ""
        for word in "".join(" " if c in '{}[]":,=' else c for c in line.partition("#")[0]).split():
            value = attempt(float, word)
            found += [(name, value)] if None not in (name, value) else []
            name = word if value is None else None if name else ""  # a second number behind a name is a time
    return found

def said(flag, text, name):
    """How much is in flight by the answer of that flag's URL; OSError where it does not say."""
    if flag == "busy_url":
        return int(text.strip().lower() not in ("0", "false", "no", "idle"))
    found = [value for key, value in numbers_in(text) if (
        (key == name or not name) if flag == "inflight_url" else
        key in ("Reading", "Writing") if flag == "nginx_status" else
        key.endswith("downstream_rq_active") and not key.startswith("http.admin."))]
    if not found or not 0 <= sum(found) < 1e9 or (flag == "inflight_url" and not name and len(found) > 1):
        raise OSError("--%s: %d such numbers in the answer" % (flag.replace("_", "-"), len(found)))
    return max(0, -int(-sum(found) // 1) - (flag == "nginx_status"))  # one of nginx' is the one that asks

# ------------------------------------------------------------ those who know
class Sockets:
    """The kernel's view of the service's ports: by netlink, else by /proc/net/tcp."""
    def __init__(self, ports, longest, pause, quiet_from, states=OPEN, keep=False):
        self.ports, self.states, self.quiet_from, self.keep = ports, states, quiet_from, keep
        self.longest_ms, self.pause_ms = longest * 1000, pause * 1000
        self.door, self.sequence, self.since, self.heard, self.source = None, 0, {}, set(), None
        self.buffer = bytearray((1 << 16) + SPARE)
    def read(self, now):
        problems = []
        for reader in (self.netlink, self.proc):
            try:
                sample = reader(now)
                missing = set(self.ports) - self.heard - sample.ports
                if missing:  # who sees no trace of the service does not see it idle
                    raise OSError("nothing listens on port %d" % min(missing))
                self.heard, self.source = set(self.ports), reader.__name__
                return sample
            except (OSError, ValueError, struct.error) as error:
                problems.append("%s: %s" % (reader.__name__, error))
        raise OSError("; ".join(problems))
    def netlink(self, _now):
        sample = Sample()
        try:
            if self.door is None:
                self.door = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)
                self.door.settimeout(HTTP_SECONDS)
            for port in self.ports:
                self.sequence = self.sequence % 0x7FFFFFFF + 1
                self.door.send(diag_request(port, self.states, self.sequence))
                rule = (self.sequence, port, self.keep, sample, self.longest_ms, self.pause_ms)
                while not read_diag(self.buffer, self.door.recv_into(self.buffer, 1 << 16), *rule):
                    pass
            return sample
        except Exception:  # closes it: the rest of an answer must not reach the next look
            self.door = None
            raise
    def proc(self, now):
        """It has no ages: a connection is quiet from when we saw it so, but not before min_wait was over."""
        sample, since, start = Sample(), {}, max(now, self.quiet_from)
        wanted = {b"%04X" % port for port in self.ports}  # most lines are of others, or over long ago
        for name in ("tcp", "tcp6") if os.path.exists(PROC_NET + "/tcp6") else ("tcp",):
            with open(PROC_NET + "/" + name, "rb") as lines:
                ours = [read_proc_line(line) for line in lines if line.split(None, 2)[1][-4:] in wanted]
            for port, state, unread, unsent, key in ours:
                if state in self.states:
                    sample.ports.add(port)
                if state in self.states and state != LISTEN:
                    since[key] = start if unread or unsent else self.since.get(key, start)
                    quiet_ms = max(0.0, now - since[key]) * 1000
                    sample.counts[judge(state, unread, unsent, (quiet_ms, quiet_ms), self.longest_ms, 0)] += 1
                    sample.ages[key] = None
        self.since = since
        return sample

def attempt(do, *these):
    """What that gives; None where it cannot be done, and that is no reason to end."""
    try:
        return do(*these)
    except (OSError, ValueError):
        return None

def split_url(url):
    """Address, port and path of a URL of this machine's own; ValueError for any other."""
    scheme, _, rest = url.partition("#")[0].partition("://")
    place, _, path = rest.partition("/")
    host, _, port = (place if place.rpartition("]")[2].count(":") else place + ":80").rpartition(":")
    host = {"localhost": "127.0.0.1", "[::1]": "::1"}.get(host, host)
    if scheme != "http" or not (host == "::1" or host.startswith("127.")):
        raise ValueError("%r does not begin with http://127.0.0.1: or http://[::1]:" % url)
    return host, PORT(port), "/" + path

def fetch(url, method="GET"):
    """The answer's body, within HTTP_SECONDS; anything but a 2xx is an OSError."""
    host, port, path = split_url(url)
    until, answer, piece = time.monotonic() + HTTP_SECONDS, b"", b"?"
    door = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    door.settimeout(HTTP_SECONDS)
    door.connect((host, port))
    asked = "%s %s HTTP/1.0\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    door.sendall((asked % (method, path)).encode("ascii", "replace"))
    while piece and len(answer) < MOST_BYTES:
        door.settimeout(max(0.001, until - time.monotonic()))
        piece = door.recv(65536)
        answer += piece
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end or head[8:10] != b" 2":
        raise OSError("%s answers %r" % (url, head[:40].decode("ascii", "replace")))
    return body.decode("utf-8", "replace")

def command(line, most):
    """Run a shell command to its end; after *most* seconds that is KILL."""
    pid, until, done, status = spawn(["/bin/sh", "-c", line], []), time.monotonic() + most, 0, 0
    while not done:
        done, status = os.waitpid(pid, os.WNOHANG)
        if not done and time.monotonic() > until:
            os.killpg(pid, signal.SIGKILL)
        time.sleep(0.01)
    if status:
        raise OSError("the command ended with %d" % exit_code(status))

class Work:
    """All that was named as knowing what is in flight, looked at together until it may be let go."""
    def __init__(self, flags, started, pid=1):
        self.flags, self.started, self.pid, self.next_look = flags, started, pid, started
        self.looks, self.first, self.peak, self.last, self.error = 0, None, 0, None, None
        self.intake, self.sample, self.sessions, self.answer = "goes on", None, None, None
        self.drain = Drain(started, flags.min_wait, flags.deadline)
        rule = (flags.longest, flags.pause, started + flags.min_wait, OPEN, bool(flags.sessions))
        self.sockets = flags.port and Sockets(flags.port, *rule)
    def step(self):
        """Look once; the result, or None and when the next look is due."""
        in_flight = self.look(time.monotonic())
        now = time.monotonic()
        self.next_look = now + self.drain.nap(now)
        return self.drain.step(now, in_flight)
    def look(self, now):
        """How much is in flight; None where any of them cannot be asked, which is to wait."""
        try:
            self.last, self.error = self.count(now), None
        except Exception as error:
            self.last, self.error = None, str(error) or type(error).__name__
            return None
        self.looks, self.peak = self.looks + 1, max(self.peak, self.last)
        self.first = self.last if self.first is None else self.first
        return self.last
    def count(self, now):
        flags, found = self.flags, 0
        if self.intake == "goes on":  # stopped once, and first: a zero says nothing while more is taken in
            self.intake = "is not known to be stopped"
            if flags.stop_intake:
                command(flags.stop_intake, min(COMMAND_SECONDS, flags.deadline / 2))
            if flags.stop_intake_signal:
                os.kill(self.pid, flags.stop_intake_signal)
            self.intake = "stopped"
        if self.intake != "stopped":
            raise OSError("intake " + self.intake)
        if flags.sessions and self.sessions is None and now - self.started >= flags.min_wait:
            self.close_sessions(now)
        if self.sockets:
            self.sample = self.sockets.read(now)
            found += self.sample.in_flight()
        for flag in ("inflight_url", "nginx_status", "envoy_stats", "busy_url"):
            found += sum(said(flag, fetch(url), url.partition("#")[2]) for url in getattr(flags, flag))
        for path in flags.busy_file:
            os.stat(os.path.dirname(path) or ".")  # without its folder the path is wrong, not the service idle
            found += os.path.exists(path)
        return found
    def close_sessions(self, now):
        """Once, when who comes back is sent elsewhere; then only an end, or --longest of silence, is idle."""
        self.sessions = list(self.sockets.read(now).ages) if self.sockets else []
        if self.sockets:
            self.sockets.pause_ms = self.sockets.longest_ms
        if isinstance(self.flags.sessions, int):
            os.kill(self.pid, self.flags.sessions)
        else:
            self.answer = " ".join(fetch(self.flags.sessions, "POST").split())[:200]
    def told(self):
        rows = [("in_flight_at_start", self.first), ("peak", self.peak), ("left", self.last), ("looks", self.looks)]
        if self.sample:
            rows += [("source", self.sockets.source)] + list(self.sample.counts.items())
        if self.sessions is not None:
            open_yet = sum(key in self.sample.ages for key in self.sessions) if self.sample else 0
            rows += [("sessions", len(self.sessions)), ("sessions_closed", len(self.sessions) - open_yet),
                     ("sessions_answer", self.answer)]
        return rows + [("error", self.error)]

# ------------------------------------------------------------ the report
def as_json(value):
    if isinstance(value, str):
        plain = (c if " " <= c <= "~" and c not in '"\\' else "\\u%04x" % min(ord(c), 0xFFFD) for c in value)
        return '"%s"' % "".join(plain)
    if isinstance(value, list):
        return "[%s]" % ", ".join(as_json(one) for one in value)
    return "%.3f" % value if isinstance(value, float) else str(value).lower().replace("none", "null")

def as_line(form, rows):
    return "{%s}" % ", ".join("%s: %s" % (as_json(key), as_json(value)) for key, value in [("gate", form)] + rows)

def report(form, rows, flags=None):
    """To the container's log, and to stderr: the kubelet shows that of a failed hook. Waits for neither."""
    asked = [(name, getattr(flags, name)) for name in ("min_wait", "deadline", "longest", "port")] if flags else []
    line, first = as_line(form, rows + asked), os.getpid() == 1
    put(1 if first else 2, line)
    log = None if first else attempt(os.open, LOG, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY)
    if log is not None:  # it may be another user's, or a socket
        put(log, line)
    return line

def put(to, line):
    if (attempt(select.select, [], [to], [], 0) or [0, 0])[1]:
        attempt(os.write, to, line.encode("ascii", "replace") + b"\n")

def drained(form, flags, started):
    """Wait as the flags say; the result, and the line that was reported."""
    work, result = Work(flags, started), None
    while result is None:
        time.sleep(max(0.0, work.next_look - time.monotonic()))
        result = work.step()
    rows = [("result", result), ("seconds", time.monotonic() - started)]
    return result, report(form, rows + work.told(), flags)

# ------------------------------------------------------------ run
def spawn(words, mask):
    """A process that leads a group of its own; SIGPIPE and SIGXFSZ, which Python ignores, are as for anybody."""
    how = {"setpgroup": 0, "setsigmask": mask, "setsigdef": [signal.SIGPIPE, signal.SIGXFSZ]}
    try:
        return os.posix_spawnp(words[0], words, os.environ, **how)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    places = [""] if "/" in words[0] else [place + "/" for place in os.get_exec_path()]
    path = next(one + words[0] for one in places if os.access(one + words[0], os.X_OK))
    return os.posix_spawn("/bin/sh", ["/bin/sh", path] + words[1:], os.environ, **how)  # no #!, as execvp does

def exit_code(status):
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

class Supervisor:
    """Looks after a command and its process group: serve on, drain, TERM, wait for the whole group, KILL."""
    def __init__(self, flags, pid):
        self.flags, self.pid, self.status, self.work, self.signals, self.killed = flags, pid, None, None, 0, False
        self.started = self.told_at = self.kill_at = self.result = self.left = None
    def send(self, number, everyone=False):
        """Pass a signal on, as --rewrite and --child-only say; whoever is gone by now needs none."""
        number = number if everyone else self.flags.rewrite.get(number, number)
        if number and (everyone or not self.flags.child_only):
            attempt(os.killpg, self.pid, number)
        elif number and self.status is None:
            attempt(os.kill, self.pid, number)
    def handle(self, number, now):
        """Every signal is passed on at once, but for the one that stops us: that one waits for the drain."""
        if number == self.flags.stop_signal and self.flags.rewrite.get(number, number):
            self.signals += 1
            if self.started is None:
                self.stop(now)
            if self.work:
                return  # a second one cuts no waiting short, and tells no server twice
        if number not in (signal.SIGCHLD, signal.SIGTTIN, signal.SIGTTOU):
            self.send(number)
    def stop(self, now):
        flags, self.started = self.flags, now
        if flags.grace is not None:
            self.kill_at = now + flags.grace - min(0.5, flags.grace / 4)
        if flags.sources or flags.min_wait:
            self.work = Work(flags, now, self.pid)
        else:
            self.told_at = now  # nothing to wait for: it is passed on at once
    def tick(self, now):
        """Do what is due; the seconds until something may be due again."""
        if self.started is None and self.status is None:
            return 3600.0
        if self.started is None:  # the command ended by itself, others of its group go on
            self.started, self.result = now, "ended"
        if self.work and not self.result and now >= self.work.next_look:
            self.result = self.work.step()
            now, self.left = time.monotonic(), self.work.last
        if self.told_at is None and not self.result:
            return max(0.001, self.work.next_look - now)
        if self.told_at is None:
            self.told_at = now
            self.send(self.flags.stop_signal)
        if self.status is not None and self.kill_at is None:
            self.kill_at = self.told_at + GRACE  # nobody else would end what stays behind
        if self.kill_at is not None and now >= self.kill_at and not self.killed:
            self.left = self.work.look(now) if self.flags.sources and self.work else None
            self.killed, self.kill_at = True, time.monotonic()
            self.send(signal.SIGKILL, everyone=True)
        return 0.05
    def over(self, now):
        """Reap; whether the whole group has ended, or nothing more can be done about what is left of it."""
        ended = attempt(os.waitpid, -1, os.WNOHANG)
        while ended and ended[0]:
            self.status = ended[1] if ended[0] == self.pid else self.status
            ended = attempt(os.waitpid, -1, os.WNOHANG)
        if self.status is None or (self.killed and now > self.kill_at + 0.2):
            return self.status is not None
        try:
            os.killpg(self.pid, 0)
        except OSError as error:  # else there is somebody, but not ours to signal
            return error.errno == errno.ESRCH
        return False
    def told(self, code):
        told_after = None if self.told_at is None else self.told_at - self.started
        return [("result", self.result or "ended"), ("seconds", time.monotonic() - self.started), ("exit", code),
                ("told_after", told_after), ("signals", self.signals), ("killed", self.killed),
                ("lost_at_most", self.left)] + (self.work.told() if self.work and self.flags.sources else [])

def run(flags, _started):
    everything = signal.valid_signals()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, everything)  # and never a handler: sigtimedwait below
    try:
        child = Supervisor(flags, spawn(flags.command, mask))
    except OSError as error:
        put(2, "gate.py: %s: %s" % (flags.command[0], os.strerror(error.errno)))
        return 127 if error.errno == errno.ENOENT else 126
    if os.isatty(0):  # what is typed is the child's, Ctrl-C too; it may have read before it was allowed to
        attempt(os.tcsetpgrp, 0, child.pid)
        child.send(signal.SIGCONT)
    while not child.over(time.monotonic()):
        got = signal.sigtimedwait(everything, child.tick(time.monotonic()))
        if got is not None:
            child.handle(got.si_signo, time.monotonic())
    code = exit_code(child.status)
    code = 0 if code in flags.ok_exit else code
    if child.started is not None:
        report("run", child.told(code), flags)
    return code

# ------------------------------------------------------------ serve
def serve(flags, _started):
    """Each connection has a process of its own: whatever it does, the others go on."""
    told, callers, answered = [], set(), False
    signal.signal(signal.SIGTERM, lambda *_: told.append(time.monotonic()))  # as PID 1 has no default
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    door = socket.socket(socket.AF_INET6 if ":" in flags.listen[0] else socket.AF_INET)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind(flags.listen)
    door.listen(MOST_CALLERS)
    door.settimeout(0.2)
    while not told or callers or not (answered or time.monotonic() > told[0] + 1):  # the hook may be on its way
        callers = {pid for pid in callers if not os.waitpid(pid, os.WNOHANG)[0]}
        came = attempt(door._accept) if len(callers) < MOST_CALLERS else None  # noqa: SLF001  the C module has no accept()
        if came is None:  # nobody came, it went away again, or there is no room: the others wait in line
            time.sleep(0.05)
            continue
        caller, answered, pid = socket.socket(fileno=came[0]), True, attempt(os.fork)
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os._exit(answer(caller, flags))
        callers |= {pid} - {None}
        caller.close()
    return 0

def answer(caller, flags):
    caller.settimeout(5)
    asked, piece = b"", b"?"
    while piece and b"\n\r\n" not in asked and len(asked) < 8192:
        piece = caller.recv(8192)
        asked += piece
    method, path = (asked.split(b" ") + [b"", b""])[:2]
    path, status, line = path.partition(b"?")[0], "200 OK", '{"gate": "serve"}'
    if method not in (b"GET", b"HEAD"):
        status = "405 Method Not Allowed" if b" HTTP/1" in asked else "400 Bad Request"
    elif path not in (b"/", b"/drain", b"/healthz"):
        status = "404 Not Found"
    elif method == b"GET" and path != b"/healthz":
        result, line = drained("serve", flags, time.monotonic())
        status = "200 OK" if result == DRAINED else "503 Service Unavailable"
    head = "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    caller.sendall((head % (status, len(line)) + (line if method != b"HEAD" else "")).encode("ascii"))
    return 0

# ------------------------------------------------------------ observe
def observe(flags, started):
    """The last connection and the last byte that came after the start: how long propagation took this time."""
    sockets = Sockets(flags.port, 0, 0, started, OPEN + (FIN_WAIT2, TIME_WAIT), keep=True)
    known, new, last_new, last_byte, now = None, 0, 0.0, 0.0, started
    while now < started + getattr(flags, "for"):
        now = time.monotonic()
        ages = {key: age for key, age in sockets.read(now).ages.items()
                if not flags.ignore.intersection((key[20:24], key[32:36]))}
        fresh = 0 if known is None else sum(key not in known for key in ages)
        known, new, last_new = ages, new + fresh, now - started if fresh else last_new
        last_byte = max([last_byte] + [now - started - age / 1000 for age in ages.values() if age is not None])
        time.sleep(0.02)
    put(1, as_line("observe", [("seconds", now - started), ("new_connections", new), ("source", sockets.source),
                               ("last_new_connection", last_new), ("last_byte_in", last_byte),
                               ("propagation_estimate", max(last_new, last_byte)), ("port", flags.port)]))
    return 0

# ------------------------------------------------------------ flags
def between(low, high, read=float):
    def check(text):
        value = read(text)
        if not low <= value <= high:
            raise ValueError("%s is not from %g to %g" % (text, low, high))
        return value
    return check

def signal_number(text):
    found = int(text) if text.isdigit() else int(getattr(signal, "SIG" + text.upper().replace("SIG", "", 1), 0))
    if found not in signal.valid_signals():
        raise ValueError("%s is no signal" % text)
    return found

def listening(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]") or "0.0.0.0", PORT(port)

SECONDS, PORT = between(0, 604800), between(1, 65535, int)
OWN_URL = lambda text: split_url(text) and text  # noqa: E731  a reader like those two
FLAGS = {  # the forms that have it, how its value is read, its default: [] may be given more than once
    "port": ("wrso", PORT, []), "min_wait": ("wrs", SECONDS, None), "deadline": ("wrs", SECONDS, None),
    "longest": ("wrs", SECONDS, 30.0), "pause": ("wrs", SECONDS, 0.1), "grace": ("r", SECONDS, None),
    "inflight_url": ("wrs", OWN_URL, []), "nginx_status": ("wrs", OWN_URL, []), "envoy_stats": ("wrs", OWN_URL, []),
    "busy_url": ("wrs", OWN_URL, []), "busy_file": ("wrs", str, []),
    "stop_intake": ("wrs", str, None), "stop_intake_signal": ("wr", signal_number, None),
    "sessions": ("wrs", lambda text: OWN_URL(text) if "/" in text else signal_number(text), None),
    "rewrite": ("r", lambda text: [signal_number(one) if one != "0" else 0 for one in text.split(":")], []),
    "ok_exit": ("r", between(0, 255, int), []), "child_only": ("r", None, False),
    "stop_signal": ("r", signal_number, int(signal.SIGTERM)), "listen": ("s", listening, None),
    "for": ("o", SECONDS, None), "ignore": ("o", socket.inet_aton, []),
}

class Flags:
    """What was asked for; what cannot be meant is a ValueError."""
    def __init__(self, form, words):
        self.command, words = [], list(words)
        self.__dict__.update((name, default) for name, (_, _, default) in FLAGS.items())
        while words:
            word = words.pop(0)
            if form == "run" and (word == "--" or word[:1] != "-"):
                self.command = words if word == "--" else [word] + words
                break
            flag, equals, value = word.partition("=")
            name = "ok_exit" if flag == "-e" else flag[2:].replace("-", "_") if flag[:2] == "--" else ""
            forms, read, default = FLAGS.get(name, ("", None, None))
            if form[0] not in forms or (read and not equals and not words):
                raise ValueError("%s %s" % (word, "needs a value" if form[0] in forms else "is no flag of " + form))
            try:
                value = read(value if equals else words.pop(0)) if read else True
            except (ValueError, OSError) as error:
                raise ValueError("%s: %s" % (flag, error)) from None
            setattr(self, name, getattr(self, name) + [value] if default == [] else value)
        self.settle(form)
    def settle(self, form):
        """Fill in what was not said, without contradicting what was; refuse what contradicts itself."""
        balanced = self.port or self.inflight_url or self.nginx_status or self.envoy_stats
        self.sources = bool(balanced or self.busy_file or self.busy_url)
        grace = GRACE if self.grace is None else self.grace
        if self.deadline is None:
            self.deadline = max(grace - 1, grace / 2) if form == "run" else DEADLINE
        if self.min_wait is None:
            self.min_wait = min(MIN_WAIT, self.deadline) if balanced else 0.0
        asks = self.stop_intake or self.stop_intake_signal or self.sessions
        for wrong, why in (
            (self.deadline < self.min_wait, "--deadline is before the end of --min-wait"),
            (self.grace is not None and self.deadline > self.grace, "--deadline is after --grace"),
            (any(len(pair) != 2 for pair in self.rewrite), "--rewrite is not OLD:NEW"),
            (form == "run" and not self.command, "run needs a command: run [flags] -- CMD ARG"),
            (form == "serve" and not self.listen, "serve needs --listen HOST:PORT"),
            (form == "observe" and not (self.port and getattr(self, "for")), "observe needs --port and --for"),
            (self.listen and self.listen[1] in self.port, "--listen is a --port of the service, too"),
            ((asks or form in ("wait", "serve")) and not self.sources, "nothing to look at: say --port or another source"),
            (form == "serve" and isinstance(self.sessions, int), "a sidecar has no signals: --sessions URL"),
        ):
            if wrong:
                raise ValueError(why)
        self.rewrite, self.ignore = dict(self.rewrite), set(self.ignore)

def fail_slow(words, started, why):
    """What a hook does that cannot do its work: nothing, for as long as it was allowed to take."""
    words = "=".join(words).split("=")
    said = [attempt(SECONDS, value) for flag, value in zip(words, words[1:]) if flag == "--deadline"]
    pause = ([DEADLINE] + [one for one in said if one is not None])[-1]
    put(2, "gate.py: %s; sleeping %g s, as a hook that fails at once loses traffic" % (why, pause))
    time.sleep(max(0.0, started + pause - time.monotonic()))
    report("wait", [("result", FAILED), ("seconds", time.monotonic() - started), ("error", why)])
    return EXITS[FAILED]

def main(words):
    started = time.monotonic()
    for closed in range(3):
        if attempt(os.fstat, closed) is None:  # else the next thing that is opened would be taken for stdout
            attempt(os.open, os.devnull, os.O_RDWR)
    form = words[0] if words else ""
    if form in ("-h", "--help"):
        put(1, __doc__)
        return 0
    forms = {"run": run, "serve": serve, "observe": observe,
             "wait": lambda flags, started: EXITS[drained("wait", flags, started)[0]]}
    try:
        if form not in forms:
            raise ValueError("%r is none of %s" % (form, ", ".join(forms)))
        return forms[form](Flags(form, words[1:]), started)
    except Exception as error:
        why = str(error) or type(error).__name__
        if form not in ("run", "serve", "observe"):
            return fail_slow(words, started, why)
        put(2, "gate.py: " + why)
        return 1 if form == "run" else EXITS[FAILED]

if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))
