#!/usr/bin/env python3
# fmt: off
"""Let a server stop only when nothing that entered it is still in flight. Forms:

    gate.py wait    --port 8080 --min-wait 20 --deadline 50          a Pod's preStop exec hook
    gate.py run     --port 8080 --min-wait 20 --grace 60 -- CMD ARG  PID 1 (ECS, or any container)
    gate.py serve   --port 8080 --listen 0.0.0.0:9900 --deadline 50  sidecar: preStop httpGet blocks on it
    gate.py observe --port 8080 --for 120                            when did the last request come?

It lets go once --min-wait seconds (20: how long the load balancer may still send) are over and two looks in a
row found nothing in flight, and at --deadline (25; of run: --grace - 1) whatever is found. In flight are
connections whose local port is a --port, by what the kernel knows of their data:
  busy    bytes wait to be read or acknowledged, or the last byte came in: a request without its answer
  unsure  the last bytes in and out are of one clock tick: busy until quiet for --longest (30) seconds
  idle    the last byte went out, strictly after the last one came in and at least --pause (0.1) seconds ago
For what sockets cannot tell (HTTP/2, gRPC, WebSocket, queues), all http://127.0.0.1: or http://[::1]:
  --inflight-url URL[#NAME]  a number: alone, `NAME 3` or {"NAME": 3};  --nginx-status URL  stub_status
  --envoy-stats URL  all downstream_rq_active;  --busy-file FILE  busy while it exists;
  --busy-url URL  busy unless it says 0, false, no or idle
First: --stop-intake 'CMD' or --stop-intake-signal SIG (to PID 1; of run: to CMD). After --min-wait:
--sessions URL|SIG asks (POST, signal) for long sessions to be closed with 1001 or GOAWAY, and counts them.
Of run: --child-only, --rewrite 15:3 (0 drops), -e/--ok-exit 143 (as 0), --stop-signal SIG (TERM).

It FAILS SLOW, as a hook that fails at once loses traffic: what cannot be seen counts as busy; a wrong flag of
wait means sleeping until the deadline. wait exits 0 drained, 1 deadline with work in flight, 3 failed slow; run
with its child's code. One line of JSON is written to the container's log (/proc/1/fd/1) and to stderr.
Needs Linux and Python 3.8, no privileges: python3 -I -S gate.py ..."""

import errno
import os
import select
import signal
import socket
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

# include/net/tcp_states.h
ESTABLISHED, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT = 1, 3, 4, 5, 6
CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING, NEW_SYN_RECV = 8, 9, 10, 11, 12
OPEN = (ESTABLISHED, SYN_RECV, FIN_WAIT1, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING, NEW_SYN_RECV)
# linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h, linux/tcp.h
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLMSG_ERROR, NLMSG_DONE = 4, 20, 2, 3
NLM_F_REQUEST, NLM_F_DUMP, NLM_F_DUMP_INTR, INET_DIAG_INFO = 1, 0x300, 0x10, 2
HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, port id
AT_STATE, AT_PORT, AT_QUEUES, AT_ATTRIBUTES = 17, 20, 72, 88  # nlmsghdr and inet_diag_msg
QUEUES, ATTRIBUTE = struct.Struct("=II"), struct.Struct("=HH")  # unread, unacknowledged; length, type
STAMPS, AT_STAMPS = struct.Struct("=I4xI"), 44  # tcp_info: ms since the last data was sent, and received

# ------------------------------------------------------------ pure: what is in flight, when to let go

def judge(state, unread, unsent, stamps, longest_ms, pause_ms):
    """Busy, unsure or idle, by a connection's queues and the ages of its last data (out, in)."""
    if state in (SYN_RECV, NEW_SYN_RECV):
        return BUSY
    if state in (FIN_WAIT1, LAST_ACK, CLOSING):  # the server closed: its answer's tail may be under way
        return BUSY if unsent > 1 else IDLE  # its FIN counts as one byte
    if state not in (ESTABLISHED, CLOSE_WAIT):
        return IDLE
    if state == CLOSE_WAIT and unread:
        unread -= 1  # the client's FIN; it may well wait for its answer
    if unread or unsent or stamps is None:
        return BUSY
    sent, received = stamps
    if received < sent:
        return BUSY
    return UNSURE if sent < (longest_ms if sent == received else pause_ms) else IDLE

class Drain:
    """Decides when to let go. It has no clock: it is told the time, and what was found."""

    def __init__(self, started, min_wait, deadline):
        self.started, self.min_wait, self.deadline, self.zeros = started, min_wait, deadline, 0

    def step(self, now, in_flight):
        """DRAINED, LATE, FAILED, or None: look again. *in_flight* is None where nobody could tell."""
        elapsed = now - self.started
        self.zeros = self.zeros + 1 if in_flight == 0 and elapsed >= self.min_wait else 0
        if self.zeros >= 2:  # one look may miss a socket that moves in the kernel's table meanwhile
            return DRAINED
        if elapsed < self.deadline:
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
        self.counts = {BUSY: 0, UNSURE: 0, IDLE: 0}
        self.ports = set()  # those with a listener or a connection
        self.ages = {}  # of each connection: ms since its last byte came in, or None
        self.torn = 0  # the kernel's table changed while it was read

    def in_flight(self):
        return self.counts[BUSY] + self.counts[UNSURE] + self.torn

def diag_request(family, port, states, sequence):
    """Asks the kernel for a family's sockets with this local port, and their TCP_INFO."""
    mask = sum(1 << state for state in states)
    body = struct.pack("=BBBxI", family, socket.IPPROTO_TCP, 1 << (INET_DIAG_INFO - 1), mask)
    body += struct.pack(">H46x", port)  # inet_diag_sockid: every address
    kind, flags = SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP
    return HEADER.pack(HEADER.size + len(body), kind, flags, sequence, 0) + body

def read_diag(data, sequence, port, sample, longest_ms, pause_ms):
    """Take one datagram of the kernel's answer into *sample*; True when it was the last."""
    at = 0
    while at < len(data):
        size, kind, flags, number, _ = HEADER.unpack_from(data.ljust(at + 16, b"\0"), at)
        if size < (AT_ATTRIBUTES if kind == SOCK_DIAG_BY_FAMILY else 20) or at + size > len(data):
            raise OSError(errno.EBADMSG, "a netlink message is cut off")
        if number == sequence:
            sample.torn |= bool(flags & NLM_F_DUMP_INTR)
            if kind in (NLMSG_ERROR, NLMSG_DONE):
                code = -struct.unpack_from("=i", data, at + 16)[0]
                if code > 0 or kind == NLMSG_ERROR:
                    raise OSError(code, os.strerror(code))
                return True
            key = data[at + AT_PORT:at + AT_PORT + 36]  # ports and addresses
            if kind == SOCK_DIAG_BY_FAMILY and key[0] << 8 | key[1] == port:
                sample.ports.add(port)
                state = data[at + AT_STATE]
                if state != LISTEN:  # what waits to be accepted has sockets of its own
                    stamps = read_stamps(data, at + AT_ATTRIBUTES, at + size)
                    verdict = judge(state, *QUEUES.unpack_from(data, at + AT_QUEUES), stamps, longest_ms, pause_ms)
                    sample.counts[verdict] += 1
                    sample.ages[key] = stamps and stamps[1]
        at += (size + 3) & ~3
    return False

def read_stamps(data, at, end):
    while at + 4 <= end:
        size, kind = ATTRIBUTE.unpack_from(data, at)
        if kind == INET_DIAG_INFO and 4 + AT_STAMPS + STAMPS.size <= size <= end - at:
            return STAMPS.unpack_from(data, at + 4 + AT_STAMPS)
        at += max(4, (size + 3) & ~3)
    return None

def read_proc_line(line):
    """Port, state, unread, unsent and identity, from a line of /proc/net/tcp."""
    _, local, remote, state, queues = line.split(None, 5)[:5]
    unsent, unread = queues.split(b":")
    return int(local[-4:], 16), int(state, 16), int(unread, 16), int(unsent, 16), local + remote

def numbers_in(text):
    """(name, number), from `3`, `name 3`, `name: 3`, {"name": 3} and Prometheus' `name{label="x"} 3`."""
    found = []
    for line in text.splitlines():
        if line[:1].isalpha() and "{" in line:
            line = line.partition("{")[0] + line.rpartition("}")[2]
        name = ""
        for word in "".join(" " if c in '{}[]":,=' else c for c in line.partition("#")[0]).split():
            try:
                found += [(name, float(word))] if name is not None else []
                name = None  # a second number, such as a time, has no name
            except ValueError:
                name = word
    return found

def inflight_number(text, name):
    found = [value for key, value in numbers_in(text) if not name or key == name]
    if not found or (len(found) > 1 and not name) or not 0 <= sum(found) < 1e9:
        raise OSError("%d numbers called %r where one is needed" % (len(found), name))
    return -int(-sum(found) // 1)  # 0.2 is not nothing

def nginx_number(text, _name):
    found = [value for key, value in numbers_in(text) if key in ("Reading", "Writing")]
    if len(found) != 2:
        raise OSError("this is not the answer of nginx' stub_status")
    return max(0, int(sum(found)) - 1)  # one of them is the request that asked

def envoy_number(text, _name):
    found = [int(value) for key, value in numbers_in(text)
             if key.endswith("downstream_rq_active") and not key.startswith("http.admin.")]
    if not found:
        raise OSError("no downstream_rq_active in Envoy's statistics")
    return sum(found)

def busy_number(text, _name):
    return 0 if text.strip().lower() in ("0", "false", "no", "idle") else 1

# ------------------------------------------------------------ those who know

class Sockets:
    """The kernel's view of the service's ports: by netlink, else by /proc/net/tcp."""

    def __init__(self, ports, longest, pause, quiet_from, states=OPEN):
        self.ports, self.states, self.quiet_from = ports, states, quiet_from
        self.longest_ms, self.pause_ms = longest * 1000, pause * 1000
        self.door, self.sequence, self.since, self.heard, self.source = None, 0, {}, set(), None

    def read(self, now):
        problems = []
        for name, reader in (("netlink", self.netlink), ("proc", self.proc)):
            try:
                sample = reader(now)
            except (OSError, ValueError, struct.error) as error:
                problems.append("%s: %s" % (name, error))
                continue
            missing = set(self.ports) - self.heard - sample.ports
            if not missing:
                self.heard, self.source = set(self.ports), name
                return sample
            problems.append("%s: nothing listens on port %d" % (name, min(missing)))
        raise OSError("; ".join(problems))  # who sees no trace of the service does not see it idle

    def netlink(self, _now):
        try:
            if self.door is None:
                self.door = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)
                self.door.settimeout(HTTP_SECONDS)
            sample = Sample()
            for family in (socket.AF_INET, socket.AF_INET6):  # IPv4 on an IPv6 listener is of the latter
                for port in self.ports:
                    self.sequence = self.sequence % 0x7FFFFFFF + 1
                    self.door.send(diag_request(family, port, self.states, self.sequence))
                    rule = (self.sequence, port, sample, self.longest_ms, self.pause_ms)
                    while not read_diag(self.door.recv(1 << 16), *rule):
                        pass
            return sample
        except Exception:
            if self.door is not None:
                self.door.close()  # the rest of an answer must not reach the next look
            self.door = None
            raise

    def proc(self, now):
        """It has no ages: a connection is quiet from when we saw it so, but not before min_wait was over."""
        sample, since, start = Sample(), {}, max(now, self.quiet_from)
        for name in ("tcp", "tcp6"):
            if name == "tcp6" and not os.path.exists(PROC_NET + "/tcp6"):
                continue  # no IPv6 here
            with open(PROC_NET + "/" + name, "rb") as lines:
                lines.readline()  # the heading
                for line in lines:
                    port, state, unread, unsent, key = read_proc_line(line)
                    if port not in self.ports or state not in self.states:
                        continue
                    sample.ports.add(port)
                    if state != LISTEN:
                        since[key] = start if unread or unsent else self.since.get(key, start)
                        quiet_ms = max(0.0, now - since[key]) * 1000
                        verdict = judge(state, unread, unsent, (quiet_ms, quiet_ms), self.longest_ms, 0)
                        sample.counts[verdict] += 1
                        sample.ages[key] = None
        self.since = since
        return sample

def split_url(url):
    """Address, port, path and #name of a URL of this machine's own; ValueError for any other."""
    plain, _, name = url.partition("#")
    scheme, _, rest = plain.partition("://")
    place, _, path = rest.partition("/")
    host, _, port = (place if place.rpartition("]")[2].count(":") else place + ":80").rpartition(":")
    host = {"localhost": "127.0.0.1", "[::1]": "::1"}.get(host, host)
    if scheme != "http" or not (host == "::1" or host.startswith("127.")):
        raise ValueError("%r does not begin with http://127.0.0.1: or http://[::1]:" % url)
    return host, port_number(port), "/" + path, name

def fetch(url, method="GET"):
    """The answer's body, within HTTP_SECONDS."""
    host, port, path, _ = split_url(url)
    until, answer, piece = time.monotonic() + HTTP_SECONDS, b"", b"?"
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as door:
        door.settimeout(HTTP_SECONDS)
        door.connect((host, port))
        asked = "%s %s HTTP/1.0\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        door.sendall((asked % (method, path)).encode("ascii", "replace"))
        while piece and len(answer) < MOST_BYTES:
            door.settimeout(max(0.001, until - time.monotonic()))
            piece = door.recv(65536)
            answer += piece
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end or head.split(b" ")[1][:1] != b"2":
        raise OSError("%s answers %r" % (url, head[:40].decode("ascii", "replace")))
    return body.decode("utf-8", "replace")

def busy_file(path):
    if os.path.exists(path):
        return 1
    os.stat(os.path.dirname(path) or ".")  # without its folder the path is wrong, not the service idle
    return 0

def command(line, most):
    """Run a shell command to its end, *most* seconds at most."""
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", line], os.environ,
                         setpgroup=0, setsigmask=[], setsigdef=OF_PYTHON)
    until = time.monotonic() + most
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done and status:
            raise OSError("the command ended with %d" % exit_code(status))
        if done:
            return
        time.sleep(0.01)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise OSError("the command did not end within %g s" % most)

class Work:
    """All that was named as knowing what is in flight, looked at together."""

    def __init__(self, flags, started, pid=1):
        self.flags, self.started, self.pid = flags, started, pid
        self.looks, self.first, self.peak, self.last, self.error = 0, None, 0, None, None
        self.intake = self.sample = self.sessions = self.answer = None
        quiet_from = started + flags.min_wait
        self.sockets = Sockets(flags.port, flags.longest, flags.pause, quiet_from) if flags.port else None

    def look(self, now):
        """How much is in flight; None where any of them cannot be asked, which is to wait."""
        try:
            self.last, self.error = self.count(now), None
        except Exception as error:
            self.last, self.error = None, str(error) or type(error).__name__
            return None
        self.looks += 1
        self.first = self.last if self.first is None else self.first
        self.peak = max(self.peak, self.last)
        return self.last

    def count(self, now):
        flags = self.flags
        self.stop_intake()
        if flags.sessions and self.sessions is None and now - self.started >= flags.min_wait:
            self.close_sessions(now)
        found = sum(busy_file(path) for path in flags.busy_file)
        if self.sockets:
            self.sample = self.sockets.read(now)
            found += self.sample.in_flight()
        for urls, number in ((flags.inflight_url, inflight_number), (flags.nginx_status, nginx_number),
                             (flags.envoy_stats, envoy_number), (flags.busy_url, busy_number)):
            found += sum(number(fetch(url), url.partition("#")[2]) for url in urls)
        return found

    def stop_intake(self):
        """Once, and before anything is counted: a zero says nothing while more is taken in."""
        if self.intake is None:
            self.intake = "did not come to its end"
            try:
                if self.flags.stop_intake:
                    command(self.flags.stop_intake, min(COMMAND_SECONDS, self.flags.deadline / 2))
                if self.flags.stop_intake_signal:
                    os.kill(self.pid, self.flags.stop_intake_signal)
                self.intake = ""
            except OSError as error:
                self.intake = str(error)
        if self.intake:
            raise OSError("intake is not stopped: " + self.intake)

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
            left = [key for key in self.sessions if self.sample and key in self.sample.ages]
            rows += [("sessions", len(self.sessions)), ("sessions_closed", len(self.sessions) - len(left)),
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

def report(form, rows, flags=None):
    """To the container's log, and to stderr: the kubelet shows that of a failed hook. Waits for neither."""
    if flags:
        rows = rows + [(name, getattr(flags, name)) for name in ("min_wait", "deadline", "longest", "port")]
    pairs = ("%s: %s" % (as_json(key), as_json(value)) for key, value in [("gate", form)] + rows)
    line = "{%s}" % ", ".join(pairs)
    if os.getpid() == 1:
        put(1, line)
        return line
    put(2, line)
    try:
        log = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY)
        put(log, line)
        os.close(log)
    except OSError:  # another user's, or a socket
        pass
    return line

def put(to, line):
    try:
        if select.select([], [to], [], 0)[1]:
            os.write(to, line.encode("ascii", "replace") + b"\n")
    except (OSError, ValueError):
        pass

# ------------------------------------------------------------ wait

def drained(form, flags, started):
    """Wait as the flags say; the result, and the line that was reported."""
    work, drain, result = Work(flags, started), Drain(started, flags.min_wait, flags.deadline), None
    while result is None:
        in_flight = work.look(time.monotonic())
        now = time.monotonic()
        result = drain.step(now, in_flight)
        if result is None:
            time.sleep(drain.nap(now))
    return result, report(form, [("result", result), ("seconds", now - started)] + work.told(), flags)

def wait(flags, started):
    return EXITS[drained("wait", flags, started)[0]]

# ------------------------------------------------------------ run

OF_PYTHON = [signal.SIGPIPE, signal.SIGXFSZ]  # which the interpreter ignores, and a child must not
KEPT = (signal.SIGCHLD, signal.SIGTTIN, signal.SIGTTOU)  # not passed on, as with tini

def exit_code(status):
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

class Supervisor:
    """Runs a command in a process group of its own: serve on, drain, TERM, wait for the whole group, KILL."""

    def __init__(self, flags, mask):
        self.flags, self.status, self.work, self.drain = flags, None, None, None
        self.started = self.told_at = self.kill_at = self.result = self.left = None
        self.signals, self.killed, self.next_look = 0, False, 0.0
        words = flags.command
        self.pid = os.posix_spawnp(words[0], words, os.environ,
                                   setpgroup=0, setsigmask=mask, setsigdef=OF_PYTHON)
        try:
            os.tcsetpgrp(0, self.pid)  # of a terminal: what is typed is the child's, Ctrl-C too
            os.killpg(self.pid, signal.SIGCONT)  # it may have read before it was allowed to
        except OSError:
            pass

    def send(self, number):
        """Pass a signal on as --rewrite and --child-only say; whoever is gone by now needs none."""
        number = self.flags.rewrite.get(number, number)
        try:
            if number and not self.flags.child_only:
                os.killpg(self.pid, number)
            elif number and self.status is None:
                os.kill(self.pid, number)
        except OSError:
            pass

    def handle(self, number, now):
        """Every signal is passed on at once, but for the one that stops us."""
        if number == self.flags.stop_signal and self.flags.rewrite.get(number, number):
            self.signals += 1
            if self.started is None:
                self.begin(now)
            if self.drain:
                return  # a second one cuts no waiting short, and tells no server twice
        if number not in KEPT:
            self.send(number)

    def begin(self, now):
        flags, self.started = self.flags, now
        if flags.grace is not None:
            self.kill_at = now + flags.grace - min(0.5, flags.grace / 4)
        if flags.sources or flags.min_wait:
            self.work = Work(flags, now, self.pid) if flags.sources else None
            self.drain = Drain(now, flags.min_wait, flags.deadline)
        else:
            self.told_at = now  # handle() passes it on

    def tick(self, now):
        """Do what is due; the seconds until something may be due again."""
        if self.started is None and self.status is None:
            return 3600.0
        if self.started is None:  # the command ended by itself, others of its group go on
            self.started = self.told_at = now
            self.send(self.flags.stop_signal)
        elif self.told_at is None and now >= self.next_look:
            in_flight = self.look(now)
            now = time.monotonic()
            self.result = self.drain.step(now, in_flight)
            self.next_look = now + self.drain.nap(now)
            if self.result:
                self.told_at = now
                self.send(self.flags.stop_signal)
        elif self.told_at is not None:
            self.look(now)
        if self.told_at is None:
            return max(0.001, self.next_look - now)
        if self.status is not None and self.kill_at is None:
            self.kill_at = self.told_at + GRACE  # nobody else would end what stays behind
        if self.kill_at is not None and now >= self.kill_at and not self.killed:
            self.killed, self.kill_at = True, now
            os.killpg(self.pid, signal.SIGKILL)
        return 0.05

    def look(self, now):
        in_flight = self.work.look(now) if self.work else 0
        if self.work and self.alive():  # else we looked at an empty house
            self.left = in_flight
        return in_flight

    def alive(self):
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:  # there, but not ours to signal
            pass
        return True

    def over(self, now):
        """Whether the whole group has ended, or nothing more can be done about what is left of it."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if not pid:
                break
            self.status = status if pid == self.pid else self.status
        return self.status is not None and (not self.alive() or (self.killed and now > self.kill_at + 0.2))

def run(flags, _started):
    everything = signal.valid_signals()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, everything)  # and never a handler: sigtimedwait below
    try:
        child = Supervisor(flags, mask)
    except OSError as error:
        put(2, "gate.py: %s: %s" % (flags.command[0], os.strerror(error.errno)))
        return 127 if error.errno == errno.ENOENT else 126
    while not child.over(time.monotonic()):
        got = signal.sigtimedwait(everything, child.tick(time.monotonic()))
        if got is not None:
            child.handle(got.si_signo, time.monotonic())
    code = exit_code(child.status)
    code = 0 if code in flags.ok_exit else code
    if child.started is not None:
        told_after = None if child.told_at is None else child.told_at - child.started
        rows = [("result", child.result or "ended"), ("seconds", time.monotonic() - child.started)]
        rows += [("exit", code), ("told_after", told_after), ("signals", child.signals)]
        rows += [("killed", child.killed), ("lost", child.left), ("grace", flags.grace)]
        report("run", rows + (child.work.told() if child.work else []), flags)
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
        for pid in list(callers):
            if os.waitpid(pid, os.WNOHANG)[0]:
                callers.remove(pid)
        try:
            caller = door.accept()[0]
            if len(callers) < MOST_CALLERS:
                pid = os.fork()
                if not pid:
                    os._exit(answer(caller, flags))
                callers.add(pid)
                answered = True
            caller.close()
        except socket.timeout:
            pass
        except OSError:  # it went away, or there is no room for one more: not a reason to end
            time.sleep(0.1)
    return 0

def answer(caller, flags):
    status, line, method = "400 Bad Request", "", b""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        caller.settimeout(5)
        asked = caller.recv(8192)
        while b"\n\r\n" not in asked and b"\n\n" not in asked and 0 < len(asked) < 8192:
            piece = caller.recv(8192)
            asked = asked + piece if piece else b""
        method, path = (asked.split(b" ") + [b"", b""])[:2]
        path = path.partition(b"?")[0]
        if method not in (b"GET", b"HEAD") and asked:
            status = "405 Method Not Allowed"
        elif path not in (b"/", b"/drain", b"/healthz"):
            status = "404 Not Found" if path else status
        elif method == b"HEAD" or path == b"/healthz":
            status = "200 OK"
        else:
            result, line = drained("serve", flags, time.monotonic())
            status = "200 OK" if result == DRAINED else "503 Service Unavailable"
        line = (line or '{"gate": "serve", "answer": "%s"}' % status) + "\n"
        head = "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        caller.sendall((head % (status, len(line)) + (line if method != b"HEAD" else "")).encode("ascii"))
    except OSError:  # it went away
        pass
    return 0

# ------------------------------------------------------------ observe

def observe(flags, started):
    """The last connection and the last byte that came after the start: how long propagation took this time."""
    sockets = Sockets(flags.port, 0, 0, started, OPEN + (FIN_WAIT2, TIME_WAIT))
    known, new, last_new, last_byte, now = None, 0, 0.0, 0.0, started
    while now < started + flags.for_:
        now = time.monotonic()
        ages = {key: age for key, age in sockets.read(now).ages.items()
                if not flags.ignore.intersection((key[20:24], key[32:36]))}
        fresh = 0 if known is None else sum(key not in known for key in ages)
        known, new, last_new = ages, new + fresh, now - started if fresh else last_new
        last_byte = max([last_byte] + [now - started - age / 1000 for age in ages.values() if age is not None])
        time.sleep(0.02)
    put(1, report("observe", [("seconds", now - started), ("new_connections", new), ("source", sockets.source),
                              ("last_new_connection", last_new), ("last_byte_in", last_byte),
                              ("propagation_estimate", max(last_new, last_byte)), ("port", flags.port)]))
    return 0

# ------------------------------------------------------------ flags

def number(text, low, high, read=float):
    value = read(text)
    if not low <= value <= high:
        raise ValueError("%s is not from %g to %g" % (text, low, high))
    return value

def seconds(text):
    return number(text, 0, 604800)

def port_number(text):
    return number(text, 1, 65535, int)

def signal_number(text):
    name = "SIG" + text.upper().replace("SIG", "", 1)
    found = int(text) if text.isdigit() else int(getattr(signal, name, 0))
    if found not in signal.valid_signals():
        raise ValueError("%s is no signal" % text)
    return found

def url(text):
    return text if split_url(text) else None

def listening(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]") or "0.0.0.0", port_number(port)

FLAGS = {  # the forms that have it, how its value is read, its default: [] may be given more than once
    "--port": ("wrso", port_number, []), "--min-wait": ("wrs", seconds, None),
    "--deadline": ("wrs", seconds, None), "--longest": ("wrs", seconds, 30.0), "--pause": ("wrs", seconds, 0.1),
    "--inflight-url": ("wrs", url, []), "--nginx-status": ("wrs", url, []), "--envoy-stats": ("wrs", url, []),
    "--busy-url": ("wrs", url, []), "--busy-file": ("wrs", str, []), "--stop-intake": ("wrs", str, None),
    "--stop-intake-signal": ("wr", signal_number, None),
    "--sessions": ("wrs", lambda text: url(text) if "/" in text else signal_number(text), None),
    "--grace": ("r", seconds, None), "--child-only": ("r", None, False),
    "--rewrite": ("r", lambda text: [signal_number(one) if one != "0" else 0 for one in text.split(":")], []),
    "--ok-exit": ("r", lambda text: number(text, 0, 255, int), []),
    "--stop-signal": ("r", signal_number, int(signal.SIGTERM)), "--listen": ("s", listening, None),
    "--for": ("o", seconds, None), "--ignore": ("o", socket.inet_aton, []),
}

class Flags:
    """What was asked for; what cannot be meant is a ValueError."""

    def __init__(self, form, words):
        self.command, words = [], list(words)
        for flag, (_, _, default) in FLAGS.items():
            setattr(self, self.name_of(flag), list(default) if default == [] else default)
        while words:
            word = words.pop(0)
            if form == "run" and (word == "--" or word[:1] != "-"):
                self.command = words if word == "--" else [word] + words
                break
            flag, equals, value = word.partition("=")
            flag = "--ok-exit" if flag == "-e" else flag
            forms, read, default = FLAGS.get(flag, ("", None, None))
            if form[0] not in forms or (read and not equals and not words):
                raise ValueError("%s %s" % (word, "needs a value" if form[0] in forms else "is no flag of " + form))
            try:
                value = read(value if equals else words.pop(0)) if read else True
            except (ValueError, OSError) as error:
                raise ValueError("%s: %s" % (flag, error)) from None
            setattr(self, self.name_of(flag), getattr(self, self.name_of(flag)) + [value] if default == [] else value)
        self.settle(form)
        self.refuse(form)
        self.rewrite, self.ignore = dict(self.rewrite), set(self.ignore)

    def __getattr__(self, name):
        raise AttributeError(name)

    @staticmethod
    def name_of(flag):
        return "for_" if flag == "--for" else flag[2:].replace("-", "_")

    def settle(self, form):
        """Fill in what was not said, without contradicting what was."""
        balanced = self.port or self.inflight_url or self.nginx_status or self.envoy_stats
        self.sources = bool(balanced or self.busy_file or self.busy_url)
        grace = GRACE if self.grace is None else self.grace
        if self.deadline is None:
            self.deadline = max(grace - 1, grace / 2) if form == "run" else DEADLINE
        if self.min_wait is None:
            self.min_wait = min(MIN_WAIT, self.deadline) if balanced else 0.0

    def refuse(self, form):
        asks = self.stop_intake or self.stop_intake_signal or self.sessions
        for wrong, why in (
            (self.deadline < self.min_wait, "--deadline %g is before the end of --min-wait %g" % (
                self.deadline, self.min_wait)),
            (self.grace is not None and self.deadline > self.grace, "--deadline is after --grace"),
            (any(len(pair) != 2 for pair in self.rewrite), "--rewrite is not OLD:NEW"),
            (form == "run" and not self.command, "run needs a command: run [flags] -- CMD ARG"),
            (form == "serve" and not self.listen, "serve needs --listen HOST:PORT"),
            (form == "observe" and not (self.port and self.for_), "observe needs --port and --for"),
            (self.listen and self.listen[1] in self.port, "--listen is a --port of the service, too"),
            ((asks or form in ("wait", "serve")) and not self.sources,
             "nothing to look at: say --port, or another place that knows what is in flight"),
            (form == "serve" and isinstance(self.sessions, int), "a sidecar has no signals: --sessions URL"),
        ):
            if wrong:
                raise ValueError(why)

def fail_slow(words, started, why):
    """What a hook does that cannot do its work: nothing, for as long as it was allowed to take."""
    pause, words = DEADLINE, "=".join(words).split("=")
    for flag, value in zip(words, words[1:]):
        try:
            pause = seconds(value) if flag == "--deadline" else pause
        except ValueError:
            pass
    put(2, "gate.py: %s; sleeping %g s, as a hook that fails at once loses traffic" % (why, pause))
    time.sleep(max(0.0, started + pause - time.monotonic()))
    report("wait", [("result", FAILED), ("seconds", time.monotonic() - started), ("error", why)])
    return EXITS[FAILED]

def main(words):
    started = time.monotonic()
    for closed in range(3):
        try:
            os.fstat(closed)
        except OSError:  # else the next thing that is opened would be taken for stdout
            os.open(os.devnull, os.O_RDWR)
    form = words[0] if words else ""
    if form in ("-h", "--help"):
        put(1, __doc__)
        return 0
    try:
        forms = {"wait": wait, "run": run, "serve": serve, "observe": observe}
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
