#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of an exported view, as an OCI image of one layer: only what differs
from the export, with whiteouts for what is gone.

    answer.py BASE.tar TREE OCIDIR NAME    makes OCIDIR
    answer.py --digest BASE.tar            what the image's label "base" must be
    answer.py --layer OCIDIR               prints "BASE-DIGEST PATH-OF-THE-LAYER"

TREE is taken for hostile: no link in it is followed, and what cannot be told in a
layer (a name that begins with ".wh.") fails. Devices and sockets are left out, and
named. Exit status: 0 done, 1 failed, 2 usage.
"""
import gzip
import hashlib
import json
import os
import stat
import sys
import tarfile

TYPE = "application/vnd.oci.image."


def digest_of(stream):
    h = hashlib.sha256()
    while True:
        block = stream.read(1 << 20)
        if not block:
            return h.hexdigest()
        h.update(block)


def read_base(path):
    """{path: (kind, mode, what)}; what is a digest, or where a link leads."""
    base = {}
    with tarfile.open(path) as tar:
        for member in tar:
            name = member.name.rstrip("/")
            name = name[2:] if name.startswith("./") else name
            if name in ("", "."):
                continue
            if member.isdir():
                base[name] = ("d", member.mode & 0o777, "")
            elif member.issym():
                base[name] = ("l", 0, member.linkname)
            elif member.islnk():
                to = member.linkname
                base[name] = base[to[2:] if to.startswith("./") else to]
            elif member.isfile():
                base[name] = ("f", member.mode & 0o777,
                              digest_of(tar.extractfile(member)))
    return base


def base_digest(base):
    text = json.dumps(sorted(base.items()), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def open_file(top, name):
    fd = os.open(os.path.join(top, name), os.O_RDONLY | os.O_NOFOLLOW |
                 os.O_NONBLOCK)
    return os.fdopen(fd, "rb")


def read_tree(top, left_out):
    tree, below = {}, [""]
    while below:
        where = below.pop()
        for entry in os.scandir(os.path.join(top, where)):
            name = os.path.join(where, entry.name)
            if entry.name.startswith(".wh."):
                sys.exit("answer: %r cannot be in a layer" % name)
            st = entry.stat(follow_symlinks=False)
            mode = st.st_mode & 0o777
            if stat.S_ISDIR(st.st_mode):
                tree[name] = ("d", mode, "")
                below.append(name)
            elif stat.S_ISLNK(st.st_mode):
                tree[name] = ("l", 0, os.readlink(os.path.join(top, name)))
            elif stat.S_ISREG(st.st_mode):
                with open_file(top, name) as f:
                    tree[name] = ("f", mode, digest_of(f))
            else:
                left_out.append(name)
    return tree


def differences(base, tree):
    """(path, object or None), sorted: parents before what is in them."""
    out = [(name, now) for name, now in tree.items() if base.get(name) != now]
    for name in base:
        parent = os.path.dirname(name)
        if name not in tree and (not parent or
                                 tree.get(parent, " ")[0] == "d"):
            out.append((name, None))
    return sorted(out, key=lambda item: item[0])


def add(tar, top, name, now):
    info = tarfile.TarInfo(name)
    info.mtime = 0
    if now is None:
        where, last = os.path.split(name)
        info.name = os.path.join(where, ".wh." + last)
        tar.addfile(info)
        return
    kind, info.mode, what = now
    if kind == "d":
        info.type = tarfile.DIRTYPE
    elif kind == "l":
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, what, 0o777
    if kind != "f":
        tar.addfile(info)
        return
    with open_file(top, name) as f:
        info.size = os.fstat(f.fileno()).st_size
        tar.addfile(info, f)


class Hashing:
    """A file that knows the digest of what is written to it."""

    def __init__(self, f):
        self.f, self.h, self.size = f, hashlib.sha256(), 0

    def write(self, data):
        self.h.update(data)
        self.size += len(data)
        return self.f.write(data)

    def flush(self):
        self.f.flush()


def put_blob(out, data):
    name = hashlib.sha256(data).hexdigest()
    with open(os.path.join(out, "blobs/sha256", name), "wb") as f:
        f.write(data)
    return {"digest": "sha256:" + name, "size": len(data)}


def write_layer(out, top, changes):
    path = os.path.join(out, "blobs/sha256/new")
    with open(path, "wb") as raw:
        packed = Hashing(raw)
        with gzip.GzipFile("", "wb", 6, packed, mtime=0) as zipped:
            plain = Hashing(zipped)
            with tarfile.open(fileobj=plain, mode="w|",
                              format=tarfile.PAX_FORMAT) as tar:
                for name, now in changes:
                    add(tar, top, name, now)
    name = packed.h.hexdigest()
    os.rename(path, os.path.join(out, "blobs/sha256", name))
    return {"mediaType": TYPE + "layer.v1.tar+gzip", "size": packed.size,
            "digest": "sha256:" + name}, plain.h.hexdigest()


def write_image(out, base, top, changes, name):
    os.makedirs(os.path.join(out, "blobs/sha256"))
    layer, plain = write_layer(out, top, changes)
    config = put_blob(out, json.dumps({
        "architecture": "amd64", "os": "linux",
        "config": {"Labels": {"base": base_digest(base)}},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + plain]},
        "history": [{"created_by": "scrim"}]}).encode())
    config["mediaType"] = TYPE + "config.v1+json"
    manifest = put_blob(out, json.dumps({
        "schemaVersion": 2, "mediaType": TYPE + "manifest.v1+json",
        "config": config, "layers": [layer]}).encode())
    manifest["mediaType"] = TYPE + "manifest.v1+json"
    manifest["annotations"] = {"org.opencontainers.image.ref.name": name}
    with open(os.path.join(out, "oci-layout"), "w", encoding="ascii") as f:
        json.dump({"imageLayoutVersion": "1.0.0"}, f)
    with open(os.path.join(out, "index.json"), "w", encoding="ascii") as f:
        json.dump({"schemaVersion": 2, "manifests": [manifest]}, f)


def blob(out, digest):
    kind, name = digest.split(":")
    if kind != "sha256" or len(name) != 64 or not name.isalnum():
        sys.exit("answer: odd digest")
    path = os.path.join(out, "blobs/sha256", name)
    with open_file(out, "blobs/sha256/" + name) as f:
        if not stat.S_ISREG(os.fstat(f.fileno()).st_mode) or \
                digest_of(f) != name:
            sys.exit("answer: a blob is not what its name says")
    return path


def print_layer(out):
    for name in ("", "blobs", "blobs/sha256", "index.json"):
        if os.path.islink(os.path.join(out, name)):
            sys.exit("answer: a link where none belongs")
    with open(os.path.join(out, "index.json"), encoding="utf-8") as f:
        manifests = json.load(f)["manifests"]
    if len(manifests) != 1:
        sys.exit("answer: not one image")
    with open(blob(out, manifests[0]["digest"]), encoding="utf-8") as f:
        manifest = json.load(f)
    if len(manifest["layers"]) != 1:
        sys.exit("answer: not one layer")
    with open(blob(out, manifest["config"]["digest"]), encoding="utf-8") as f:
        labels = (json.load(f).get("config") or {}).get("Labels") or {}
    base = labels.get("base", "")
    if not (len(base) == 64 and base.isalnum()):
        sys.exit("answer: no label of its base")
    print(base, blob(out, manifest["layers"][0]["digest"]))


def main(argv):
    if len(argv) == 3 and argv[1] == "--digest":
        print(base_digest(read_base(argv[2])))
    elif len(argv) == 3 and argv[1] == "--layer":
        print_layer(argv[2])
    elif len(argv) == 5:
        left_out = []
        base = read_base(argv[1])
        changes = differences(base, read_tree(argv[2], left_out))
        write_image(argv[3], base, argv[2], changes, argv[4])
        for name in left_out:
            print("answer: left out: %r" % name, file=sys.stderr)
        print("answer: %d changes" % len(changes), file=sys.stderr)
    else:
        sys.exit(2)


if __name__ == "__main__":
    main(sys.argv)
