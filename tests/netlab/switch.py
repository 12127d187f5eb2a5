#!/usr/bin/env python3
"""The lab's wide area: a router in user space whose lines are as bad as a test wants.

Each port is a TUN device that this program opens inside a network namespace, so that packets need no bridge, no kernel
queueing discipline and no second program. A packet that enters at port A for an address behind port B passes A's `up`
line and then B's `down` line; each delays, loses, doubles, reorders, slows or cuts as it was last told.

Usage: switch.py JSON, with {"socket": PATH, "seed": N, "ports": {NAME: {"namespace": NAME, "interface": NAME}}}

Prints `ready`, then obeys the Unix socket: one JSON object a line, answered by one line, {"ok": ...} or {"error": ...}.
  {"set": PORT, "direction": "up"|"down"|"both", "line": {...}}   the line is exactly so from now on; see LINE
  {"routes": {PREFIX: PORT}}                                      all routes: "203.0.113.7" or the first three bytes, "10.1.0"
  {"stats": true}                                                 counters of lines and of flows between ports
"""

import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import socket
import struct
import sys
import time

# What a line can be told; absent means 0. Times in ms, shares from 0 to 1.
LINE = {
    "delay": 0.0,  # every packet, one way
    "jitter": 0.0,  # delay varies by up to this, both ways, evenly; packets keep their order
    "loss": 0.0,  # share that is lost
    "duplicate": 0.0,  # share that arrives twice
    "reorder": 0.0,  # share that is held back, and so arrives after packets that were sent later
    "reorder_by": 20.0,  # for how long those are held back
    "rate": 0.0,  # kbit/s of IP packets; 0 is no limit
    "buffer": 200.0,  # when there is a rate: a packet that would wait longer than this is dropped
    "cut": 0.0,  # 1: nothing passes
}

# Packets under way on one line. 300 ms at 400 Mbit/s is 10,000; more than this means that a test asks for the impossible.
UNDER_WAY = 20_000

# Packets read from one port before the others get their turn.
BURST = 64

# One request of the control socket, bytes.
REQUEST = 65_536

MTU = 65_535

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000

now = time.monotonic


class Line:
    """One direction of one port."""

    __slots__ = ("settings", "plain", "free_at", "last_exit", "under_way", "count", "random")

    def __init__(self, rng):
        self.random = rng.random
        self.free_at = 0.0
        self.last_exit = 0.0
        self.under_way = 0
        self.count = dict.fromkeys(("packets", "bytes", "lost", "duplicated", "reordered", "overflowed"), 0)
        self.set({})

    def set(self, wanted):
        unknown = wanted.keys() - LINE.keys()
        if unknown:
            raise ValueError(f"a line has no {sorted(unknown)}")
        settings = {name: float(wanted.get(name, default)) for name, default in LINE.items()}
        for name in ("loss", "duplicate", "reorder", "cut"):
            if not 0 <= settings[name] <= 1:
                raise ValueError(f"{name} is a share from 0 to 1")
        if any(value < 0 or value != value for value in settings.values()):
            raise ValueError("nothing about a line is negative")
        self.settings = settings
        self.plain = not any(settings[name] for name in ("delay", "jitter", "loss", "duplicate", "reorder", "rate", "cut"))
        self.free_at = 0.0

    def admit(self, size, at):
        """When the copies of a packet come out at the other end: none, one or two times."""
        count = self.count
        count["packets"] += 1
        count["bytes"] += size
        if self.plain and self.last_exit <= at:
            return (at,)
        settings, chance = self.settings, self.random
        if settings["cut"] or (settings["loss"] and chance() < settings["loss"]):
            count["lost"] += 1
            return ()
        leaves = at
        if settings["rate"]:
            start = max(at, self.free_at)
            if (start - at) * 1000 > settings["buffer"]:
                count["overflowed"] += 1
                return ()
            leaves = self.free_at = start + size * 8 / (settings["rate"] * 1000)
        if self.under_way >= UNDER_WAY:
            count["overflowed"] += 1
            return ()
        leaves += settings["delay"] / 1000
        if settings["jitter"]:
            leaves += settings["jitter"] / 1000 * (2 * chance() - 1)
        leaves = max(leaves, self.last_exit, at)
        if settings["reorder"] and chance() < settings["reorder"]:
            count["reordered"] += 1
            leaves += settings["reorder_by"] / 1000
        else:
            self.last_exit = leaves
        if settings["duplicate"] and chance() < settings["duplicate"]:
            count["duplicated"] += 1
            return (leaves, leaves)
        return (leaves,)


class Port:
    def __init__(self, name, namespace, interface, rng):
        self.name = name
        self.tun = open_tun(namespace, interface)
        self.up = Line(rng)
        self.down = Line(rng)
        self.refused = 0  # packets that the kernel did not take: the interface is down

    def deliver(self, packet):
        try:
            os.write(self.tun, packet)
        except OSError:
            self.refused += 1


class Switch:
    def __init__(self, ports):
        self.ports = ports
        self.routes = {}
        self.flows = {}
        self.unroutable = 0
        self.waiting = []  # heap of (time, order, packet, stage, flow)
        self.order = 0

    def enter(self, port, packet, at):
        destination = None
        if packet[0] >> 4 == 4:
            destination = self.routes.get(packet[16:20]) or self.routes.get(packet[16:19])
        if destination is None:
            self.unroutable += 1
            return
        flow = self.flows.get((port.name, destination.name))
        if flow is None:
            # Source, destination, packets, bytes: both counted where they arrive.
            flow = self.flows[port.name, destination.name] = [port, destination, 0, 0]
        self.travel(packet, 0, flow, at)

    def travel(self, packet, stage, flow, at):
        """Takes a packet on from `stage`: 0 is its source's way up, 1 its destination's way down, 2 the destination."""
        while stage < 2:
            line = flow[0].up if stage == 0 else flow[1].down
            stage += 1
            exits = line.admit(len(packet), at)
            if exits == (at,):
                continue
            for leaves in exits:
                line.under_way += 1
                self.order += 1
                heapq.heappush(self.waiting, (leaves, self.order, packet, stage, flow))
            return
        flow[2] += 1
        flow[3] += len(packet)
        flow[1].deliver(packet)

    def release(self, at):
        """Takes on every packet that is due, and says in how many seconds the next one is."""
        waiting = self.waiting
        while waiting and waiting[0][0] <= at:
            leaves, _, packet, stage, flow = heapq.heappop(waiting)
            (flow[0].up if stage == 1 else flow[1].down).under_way -= 1
            self.travel(packet, stage, flow, leaves)
        return max(0.0, waiting[0][0] - now()) if waiting else None

    def obey(self, request):
        if "set" in request:
            port = self.ports[request["set"]]
            lines = {"up": [port.up], "down": [port.down], "both": [port.up, port.down]}[request["direction"]]
            for line in lines:
                line.set(request["line"])
            return True
        if "routes" in request:
            self.routes = {bytes(map(int, prefix.split("."))): self.ports[name] for prefix, name in request["routes"].items()}
            return True
        if "stats" in request:
            return {
                "ports": {
                    name: {"up": port.up.count, "down": port.down.count, "refused": port.refused} for name, port in self.ports.items()
                },
                "flows": [
                    {"from": source, "to": destination, "packets": flow[2], "bytes": flow[3]}
                    for (source, destination), flow in self.flows.items()
                ],
                "unroutable": self.unroutable,
            }
        raise ValueError("set, routes or stats")


def open_tun(namespace, interface):
    """A TUN device in another namespace. This thread is there only while it opens it."""
    libc = ctypes.CDLL(None, use_errno=True)

    def move_to(path):
        with open(path, "rb") as target:
            if libc.setns(target.fileno(), CLONE_NEWNET) != 0:
                error = ctypes.get_errno()
                raise OSError(error, os.strerror(error), path)

    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        move_to(f"/run/netns/{namespace}")
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", interface.encode(), IFF_TUN | IFF_NO_PI))
        return tun
    finally:
        libc.setns(home, CLONE_NEWNET)
        os.close(home)


def answer(switch, line):
    try:
        return {"ok": switch.obey(json.loads(line))}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def serve(switch, listener):
    tuns = {port.tun: port for port in switch.ports.values()}
    controls = {}
    while True:
        timeout = switch.release(now())
        readable, _, _ = select.select([*tuns, listener, *controls], [], [], timeout)
        at = now()
        for source in readable:
            if source in tuns:
                port = tuns[source]
                for _ in range(BURST):
                    try:
                        packet = os.read(source, MTU)
                    except BlockingIOError:
                        break
                    switch.enter(port, packet, at)
            elif source is listener:
                controls[listener.accept()[0]] = b""
            else:
                try:
                    received = source.recv(REQUEST)
                except ConnectionError:
                    received = b""
                *lines, rest = (controls[source] + received).split(b"\n")
                for line in lines:
                    source.sendall(json.dumps(answer(switch, line)).encode() + b"\n")
                controls[source] = rest
                if not received or len(rest) > REQUEST:
                    del controls[source]
                    source.close()


def main():
    wanted = json.loads(sys.argv[1])
    rng = random.Random(wanted["seed"])
    ports = {name: Port(name, port["namespace"], port["interface"], rng) for name, port in wanted["ports"].items()}
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(wanted["socket"])
    listener.listen()
    print("ready", flush=True)
    serve(Switch(ports), listener)


if __name__ == "__main__":
    main()
