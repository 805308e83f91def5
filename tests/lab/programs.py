"""The small programs that the cases run; each says what it does, a line at a time.

They write as handlers must: a print may be cut in two by the next one.
"""

SERVER = """
import os, signal, sys, time
def finish(*_):
    os.write(1, b"told\\n")
    time.sleep(0.6)
    os.write(1, b"finished\\n")
    os._exit(0)
signal.signal(signal.SIGTERM, finish)
os.write(1, b"up\\n")
while True:
    time.sleep(10)
"""
"""A server that finishes its work when it is told to stop."""

STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(1, b"up\\n")
time.sleep(60)
"""

LISTENER = """
import os, signal, sys, time
def heard(number, _):
    os.write(1, signal.Signals(number).name[3:].encode() + b"\\n")
    if number == signal.SIGUSR2:
        os._exit(0)
for name in sys.argv[1:]:
    signal.signal(getattr(signal, "SIG" + name), heard)
os.write(1, b"up\\n")
while True:
    time.sleep(10)
"""
"""Says which signals it gets; USR2 ends it."""

FAMILY = """
import os, signal, sys, time
first = os.getpid()
def heard(*_):
    os.write(1, b"child\\n" if os.getpid() == first else b"grandchild\\n")
    if os.getpid() != first:
        os._exit(0)
signal.signal(signal.SIGTERM, heard)
child = os.fork()
if not child:
    os.write(1, b"up\\n")
until = time.monotonic() + float(sys.argv[1])
while time.monotonic() < until:
    time.sleep(0.05)
"""
"""A process with a child in its group; both say when they are told to stop."""

ORPHANS = """
import os, sys, time
for _ in range(int(sys.argv[1])):
    if not os.fork():
        if not os.fork():
            time.sleep(0.05)
            os._exit(0)
        os._exit(0)
for _ in range(int(sys.argv[1])):
    os.wait()
time.sleep(0.6)
zombies = 0
for name in os.listdir("/proc"):
    if name.isdigit():
        try:
            with open("/proc/%s/stat" % name) as file:
                zombies += file.read().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            pass
print(zombies, flush=True)
"""
"""Leaves so many orphans to PID 1, and counts who was not buried."""

LATE_CHILD = """
import os, signal, time
signal.signal(signal.SIGTERM, lambda *_: None)
if not os.fork():
    until = time.monotonic() + 0.6
    while time.monotonic() < until:
        time.sleep(0.05)
    os.write(1, b"finished\\n")
    os._exit(0)
"""
"""Ends at once, and leaves a process in its group that ends when its work is done."""
