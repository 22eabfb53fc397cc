#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""git's remotes as tools of an agent: a server of the Model Context Protocol on
the standard streams, for use inside scrim run with scrim-git's options.

    mcp.py --repository NAME [--directory DIR] [--push PATTERN]...

Tools: list_refs, fetch, push. What may be pushed is decided outside, by scrim-git;
--push only says so to the agent, and spares it the attempt.
"""
import argparse
import fnmatch
import json
import os
import re
import subprocess
import sys

PROTOCOL = "2025-06-18"
REF = re.compile(r"refs/(heads|tags)/[A-Za-z0-9][A-Za-z0-9._/-]*")
REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/~^-]*")


class Refused(Exception):
    """What the agent is told in place of a result."""


def schema(**properties):
    return {"type": "object", "required": sorted(properties),
            "additionalProperties": False,
            "properties": {name: {"type": "string", "description": text}
                           for name, text in properties.items()}}


class Tools:
    def __init__(self, url, directory, patterns):
        self.url = url
        self.directory = directory
        self.patterns = patterns

    def git(self, *args):
        done = subprocess.run(["git", *args], cwd=self.directory, timeout=600,
                              stdin=subprocess.DEVNULL, text=True,
                              errors="replace", stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode:
            raise Refused(done.stdout.strip() or "git failed")
        return done.stdout.strip()

    @staticmethod
    def check(pattern, text, what):
        if not pattern.fullmatch(text) or ".." in text:
            raise Refused("%r is not %s" % (text, what))

    def list_refs(self):
        return self.git("ls-remote", "--heads", "--tags", self.url)

    def fetch(self, ref):
        self.check(REF, ref, "a ref like refs/heads/main")
        to = "refs/remotes/scrim/" + ref.split("/", 2)[2]
        self.git("fetch", "--no-tags", self.url, "+%s:%s" % (ref, to))
        return "%s is %s here" % (ref, to)

    def push(self, revision, ref):
        self.check(REVISION, revision, "a revision")
        self.check(REF, ref, "a ref like refs/heads/agent/x")
        if not any(fnmatch.fnmatchcase(ref, p) for p in self.patterns):
            raise Refused("%s may not be pushed; only %s may" %
                          (ref, ", ".join(self.patterns) or "nothing"))
        return self.git("push", self.url, "%s^{commit}:%s" % (revision, ref)) \
            or "pushed"

    def listing(self):
        may = ", ".join(self.patterns) or "none"
        return [
            {"name": "list_refs", "inputSchema": schema(),
             "description": "Branches and tags of the remote repository."},
            {"name": "fetch", "inputSchema": schema(
                ref="the full name, like refs/heads/main"),
             "description": "Fetch one ref into refs/remotes/scrim/."},
            {"name": "push", "inputSchema": schema(
                revision="the commit, branch or tag here",
                ref="the full name there, like refs/heads/agent/x"),
             "description": "Push a commit to one ref, forward only. "
                            "Refs that may be pushed: " + may + "."},
        ]

    def call(self, name, arguments):
        tool = {t["name"]: t for t in self.listing()}.get(name)
        if tool is None:
            raise Refused("no tool %r" % (name,))
        wanted = tool["inputSchema"]["required"]
        if sorted(arguments) != wanted or \
                not all(isinstance(v, str) for v in arguments.values()):
            raise Refused("%s takes: %s" % (name, ", ".join(wanted) or
                                            "nothing"))
        return getattr(self, name)(**arguments)


def answer(tools, request):
    """The result of a request; KeyError where there is no such method."""
    params = request.get("params") or {}
    if request["method"] == "initialize":
        return {"protocolVersion": params.get("protocolVersion", PROTOCOL),
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "scrim-git", "version": "1"}}
    if request["method"] == "ping":
        return {}
    if request["method"] == "tools/list":
        return {"tools": tools.listing()}
    if request["method"] != "tools/call":
        raise KeyError(request["method"])
    try:
        text, failed = tools.call(params.get("name"),
                                  params.get("arguments") or {}), False
    except (Refused, OSError, subprocess.TimeoutExpired) as e:
        text, failed = str(e), True
    return {"content": [{"type": "text", "text": text}], "isError": failed}


def reply(tools, line):
    """The reply to one line, or None for what wants none."""
    try:
        request = json.loads(line)
        if not isinstance(request, dict) or \
                not isinstance(request.get("method"), str):
            raise ValueError
    except ValueError:
        return {"jsonrpc": "2.0", "id": None,
                "error": {"code": -32700, "message": "no request"}}
    if "id" not in request:
        return None
    head = {"jsonrpc": "2.0", "id": request["id"]}
    try:
        return {**head, "result": answer(tools, request)}
    except KeyError:
        return {**head, "error": {"code": -32601, "message": "no such method"}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--repository", required=True)
    parser.add_argument("--directory", default=".")
    parser.add_argument("--push", action="append", default=[])
    args = parser.parse_args()
    site = os.environ.get("SCRIM_GIT_URL", "http://git.scrim")
    tools = Tools("%s/%s.git" % (site, args.repository), args.directory,
                  args.push)
    for line in sys.stdin:
        if line.strip():
            out = reply(tools, line)
            if out is not None:
                print(json.dumps(out), flush=True)


if __name__ == "__main__":
    main()
