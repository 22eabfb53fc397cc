#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes files that hold secrets of each kind, and files that hold none, and says
how many of them a scan finds.

    kinds.py make DIR [SEED]            writes DIR/lines, DIR/names and labels
    kinds.py score DIR LINES NAMES      reads what the scans of both printed (JSON
                                        lines); -v names each that is wrong

A text of cases is a list of files: "== PATH", then its lines, each with a mark
before it: "+" is a secret, "&" goes on with it, " " is none. In a text {{NNc}} is
NN random characters of the class c (CLASSES), and {{name}} what make_NAME makes:
no secret is in this tree, each run makes new ones of the seed.
"""
import base64
import json
import os
import random
import re
import sys
import uuid
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
DIGITS = "0123456789"
LOWER = "abcdefghijklmnopqrstuvwxyz"
ALNUM = DIGITS + LOWER.upper() + LOWER
BECH32 = "023456789acdefghjklmnpqrstuvwxyz"
CLASSES = {
    "a": ALNUM,
    "w": ALNUM + "_-",
    "A": LOWER.upper() + DIGITS,
    "I": LOWER.upper() + "234567",
    "b": ALNUM + "+/",
    "h": DIGITS + "abcdef",
    "H": DIGITS + "ABCDEF",
    "l": LOWER + LOWER.upper(),
    "x": LOWER + DIGITS,
    "d": DIGITS,
    "j": BECH32,
    "J": BECH32.upper(),
    "B": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "c": ALNUM + "!@#$%^&*(-_=+)",
    "s": ALNUM + "!@#%^*-_",
}
WORDS = """falcon tulip harbor copper walnut meadow saturn violin pepper glacier
marble thunder lantern orchid bramble cobalt quartz juniper ferret maple
basil willow tundra saffron heron pelican raven badger otter walrus""".split()
LEET = str.maketrans("aeios", "43105")


def any_of(rng, chars, n):
    return "".join(rng.choice(chars) for _ in range(n))


def mixed(rng, n):
    """n letters and digits, at least two of each."""
    s = [rng.choice(LOWER), rng.choice(LOWER), rng.choice(LOWER.upper()),
         rng.choice(LOWER.upper()), rng.choice(DIGITS), rng.choice(DIGITS)]
    s += any_of(rng, ALNUM, n - len(s))
    rng.shuffle(s)
    return "".join(s)


def chosen(rng, marks):
    """A password as people choose one."""
    a, b = rng.sample(WORDS, 2)
    n = rng.randrange(10, 9999)
    m = rng.choice(marks)
    return rng.choice([
        lambda: a.capitalize() + str(n) + m,
        lambda: a.translate(LEET) + m + b.capitalize() + str(n),
        lambda: mixed(rng, 12),
        lambda: a + str(n) + b[:3],
        lambda: mixed(rng, 7) + m + mixed(rng, 6),
        lambda: a.capitalize() + b.capitalize() + m + str(n),
        lambda: any_of(rng, LOWER, 4) + str(n) + any_of(rng, LOWER, 5),
    ])()


def der(tag, body):
    n = len(body)
    if n < 128:
        return bytes([tag, n]) + body
    if n < 256:
        return bytes([tag, 0x81, n]) + body
    return bytes([tag, 0x82, n >> 8, n & 255]) + body


def some_bytes(rng, n):
    return bytes(rng.randrange(256) for _ in range(n))


def pem_text(rng):
    kind = rng.choice(["RSA", "PKCS8", "OPENSSH"])
    if kind == "RSA":
        sizes = [256, 3, 256, 128, 128, 128, 128, 128]
        body = der(2, b"\0") + b"".join(
            der(2, b"\x01" + some_bytes(rng, n - 1)) for n in sizes)
        label, raw = "RSA PRIVATE KEY", der(0x30, body)
    elif kind == "PKCS8":
        label = "PRIVATE KEY"
        raw = bytes.fromhex("302e020100300506032b657004220420") + \
            some_bytes(rng, 32)
    else:
        label = "OPENSSH PRIVATE KEY"
        raw = b"openssh-key-v1\0" + \
            b"".join(len(x).to_bytes(4, "big") + x for x in
                     (b"none", b"none", b"")) + b"\0\0\0\1" + \
            some_bytes(rng, 300)
    text = base64.b64encode(raw).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    dashes = "-" * 5
    return ["%sBEGIN %s%s" % (dashes, label, dashes)] + lines + \
        ["%sEND %s%s" % (dashes, label, dashes)]


def b64(text):
    if isinstance(text, str):
        text = text.encode()
    return base64.b64encode(text).decode()


def url64(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def make_jwt(rng):
    head = {"alg": "HS256", "typ": "JWT"}
    body = {"sub": any_of(rng, DIGITS, 8), "name": rng.choice(WORDS),
            "iat": 1700000000 + rng.randrange(9999999)}
    return ".".join([url64(json.dumps(head)), url64(json.dumps(body)),
                     any_of(rng, CLASSES["w"], 43)])


MAKERS = {
    "pw": lambda r: chosen(r, "!@#%*-_"),
    "pwj": lambda r: chosen(r, "!@#*"),
    "pwx": lambda r: chosen(r, "!@#*"),
    "pwc": lambda r: chosen(r, "!@#*"),
    "shpw": lambda r: chosen(r, "@%-_"),
    "urlpw": lambda r: chosen(r, "!-_.~"),
    "orapw": lambda r: chosen(r, "#_"),
    "wifi": lambda r: r.choice(WORDS) + r.choice(WORDS) +
    str(r.randrange(10, 9999)),
    "strong": lambda r: mixed(r, 14),
    "b64pw": lambda r: b64(mixed(r, 9) + "!" + mixed(r, 8)),
    "basic": lambda r: b64("svc:" + chosen(r, "!@#%")),
    "jwt": make_jwt,
    "pem": lambda r: "\n".join(pem_text(r)),
    "pemline": lambda r: "\\n".join(pem_text(r)) + "\\n",
    "pemjs": lambda r: " + ".join('"%s\\n"' % x for x in pem_text(r)),
    "pem64": lambda r: b64("\n".join(pem_text(r)) + "\n"),
    "uuid": lambda r: str(uuid.UUID(int=r.getrandbits(128), version=4)),
    "UUID": lambda r: str(uuid.UUID(int=r.getrandbits(128),
                                    version=4)).upper(),
    # As bytes of Latin 1.
    "todo": lambda r: "TO" + "DO",
    "jks": lambda r: "\xfe\xed\xfe\xed\0\0\0\2" + chr(1) * 40,
    "pkcs12": lambda r: "\x30\x82\x09\x01\x02\x01\x03\x30" + "\x82\x08" * 99,
    "kdbx": lambda r: "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5" + "\1\0" * 40,
    "sqlite": lambda r: "SQLite format 3\0" + "\0\1" * 60,
    "keytab": lambda r: "\5\2\0\0\0\x45" + "\0\1" * 40,
    "secring": lambda r: "\x95\x01\xd8\4" + "\x80\x81" * 60,
    "bin": lambda r: "\n\r\0\n\0\0\0\0" + "\x80\x81\0" * 40,
}


def checksummed(prefix, body):
    """prefix, body, and their CRC-32 in six digits of base 62."""
    crc = zlib.crc32(body.encode())
    digits = ""
    for _ in range(6):
        digits = ALNUM[crc % 62] + digits
        crc //= 62
    return prefix + body + digits


def expand(text, rng):
    def one(m):
        what = m.group(1)
        if what in MAKERS:
            return MAKERS[what](rng)
        crc = re.fullmatch(r"crc (\w+) (\d+)", what)
        if crc:
            return checksummed(crc[1], any_of(rng, ALNUM, int(crc[2])))
        n, kind = re.fullmatch(r"(\d+)(\w)", what).groups()
        return any_of(rng, CLASSES[kind], int(n))

    text = text.replace("{{ '{{' }}", "\1").replace("{{ '}}' }}", "\2")
    text = text.replace("{{ '{' }}", "\3")
    text = re.sub(r"\{\{([^{}]*)\}\}", one, text)
    return text.replace("\1", "{{").replace("\2", "}}").replace("\3", "{")


def read_cases(path):
    cases = []
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        if line.startswith("== "):
            cases.append((line[3:], []))
        elif cases:
            assert line[:1] in ("+", "&", " "), (path, line)
            cases[-1][1].append((line[0], line[1:]))
        else:
            assert line.startswith("#"), (path, line)
    return cases


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(text)


def make_lines(out, rng):
    """The labels: file, first line, last line, what was asked for."""
    labels = []
    for name in ("providers", "generic", "typed", "clean"):
        for i, (path, lines) in enumerate(read_cases("%s/%s.txt" %
                                                     (HERE, name))):
            file = "%s/%03d/%s" % (name, i, path)
            text = []
            for mark, line in lines:
                made = expand(line, rng).split("\n")
                at = len(text) + 1
                if mark == "+":
                    labels.append([file, at, at + len(made) - 1, line])
                elif mark == "&":
                    labels[-1][2] = at + len(made) - 1
                text += made
            write("%s/lines/%s" % (out, file),
                  ("\n".join(text) + "\n").encode())
    return labels


def make_names(out, rng):
    """The labels: file, 1 for a credential file or 0."""
    labels = []
    for i, line in enumerate(open(HERE + "/files.txt", encoding="utf-8")):
        if line[0] not in "!.":
            continue
        path, text = line[1:].rstrip("\n").split("\t")
        file = "%03d%s" % (i, path)
        text = expand(text.replace("\\n", "\n")
                      if "{{pemline}}" not in text else text, rng)
        write("%s/names/%s" % (out, file), (text + "\n").encode("latin-1"))
        labels.append([file, line[0] == "!"])
    return labels


def make(out, seed):
    rng = random.Random(seed)
    labels = {"lines": make_lines(out, rng), "names": make_names(out, rng)}
    with open(out + "/labels.json", "w", encoding="utf-8") as f:
        json.dump(labels, f)


def read_found(path):
    for line in open(path, encoding="utf-8"):
        x = json.loads(line)
        if "file" in x:
            first = x.get("line") or 0
            yield (os.path.normpath(x["file"]), first,
                   x.get("end_line") or first, x.get("rule", ""))


def say(label, hits, wanted, right, wrong):
    print("%s: %d of %d found (%.3f), %d right, %d wrong (precision %.3f)" %
          (label, hits, wanted, hits / max(1, wanted), right, wrong,
           right / max(1, right + wrong)))


def score_lines(labels, found, verbose):
    hit, right, wrong = set(), set(), {}
    for file, first, last, rule in found:
        at = [i for i, x in enumerate(labels)
              if x[0] == file and x[1] <= last and first <= x[2]]
        hit.update(at)
        if at:
            right.add((file, first))
        elif first:
            wrong[(file, first)] = rule
    for name in ("providers", "generic", "typed"):
        mine = [i for i, x in enumerate(labels) if x[0].startswith(name)]
        print("%s: %d of %d" % (name, len(hit & set(mine)), len(mine)))
    say("lines", len(hit), len(labels), len(right), len(wrong))
    if verbose:
        for i, x in enumerate(labels):
            if i not in hit:
                print("MISSED %s:%d %s" % (x[0], x[1], x[3]))
        for (file, line), rule in sorted(wrong.items()):
            print("WRONG %s:%d %s" % (file, line, rule))


def score_names(labels, found, verbose):
    files = {x[0] for x in found}
    good = [x[0] for x in labels if x[1]]
    bad = [x[0] for x in labels if not x[1]]
    say("names", len(files & set(good)), len(good), len(files & set(good)),
        len(files & set(bad)))
    if verbose:
        for f in sorted(set(good) - files):
            print("MISSED name", f)
        for f in sorted(set(bad) & files):
            print("WRONG name", f)


def main(argv):
    verbose = "-v" in argv
    argv = [a for a in argv if a != "-v"]
    if argv[1] == "make":
        make(argv[2], int(argv[3]) if len(argv) > 3 else 1)
        return 0
    labels = json.load(open(argv[2] + "/labels.json", encoding="utf-8"))
    score_lines(labels["lines"], list(read_found(argv[3])), verbose)
    score_names(labels["names"], list(read_found(argv[4])), verbose)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
