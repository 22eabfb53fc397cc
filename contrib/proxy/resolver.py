#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers every question for an IPv4 address with the same one: for scrim-netns,
where all that is connected to gets to the proxy, which goes by the name.

    resolver.py LISTEN ANSWER

Prints its port. No question leaves the machine, so none can carry anything out.
"""
import socket
import struct
import sys


def question_end(packet):
    at = 12
    while packet[at]:
        if packet[at] > 63:
            raise ValueError("compressed question")
        at += packet[at] + 1
    return at + 5


def reply(packet, address):
    number, flags, questions = struct.unpack("!3H", packet[:6])
    if flags & 0xf800 or questions != 1:
        raise ValueError("no plain query")
    end = question_end(packet)
    kind, family = struct.unpack("!2H", packet[end - 4:end])
    known = (kind, family) == (1, 1)
    head = struct.pack("!6H", number, 0x8180 | flags & 0x100, 1, known, 0, 0)
    record = b"\xc0\x0c" + struct.pack("!2HIH", 1, 1, 1, 4) + address
    return head + packet[12:end] + (record if known else b"")


def main():
    address = socket.inet_aton(sys.argv[2])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((sys.argv[1], 0))
        print(s.getsockname()[1], flush=True)
        while True:
            packet, sender = s.recvfrom(4096)
            try:
                s.sendto(reply(packet, address), sender)
            except (ValueError, IndexError, struct.error, OSError):
                pass


if __name__ == "__main__":
    main()
