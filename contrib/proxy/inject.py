# SPDX-License-Identifier: GPL-2.0-or-later
"""Allow-list, credentials and a log, as an addon of mitmproxy.

    mitmdump -s inject.py --set scrim_config=FILE

FILE is JSON: {"log": PATH, "hosts": {HOST: {"header": NAME, "prefix": TEXT,
"key_file": PATH, "upstream": "HOST:PORT"}}}. All of a host's fields may be left
out: it is then let through as it is. A header of the client's own by the name is
replaced, so that no other credential leaves. HOST may begin with "*.".
"""
import json
import time

from mitmproxy import ctx, http


class Inject:
    def __init__(self):
        self.hosts = {}
        self.tunnels = {}
        self.log = None

    def load(self, loader):
        loader.add_option("scrim_config", str, "", "allow-list and keys")

    def configure(self, updated):
        if "scrim_config" not in updated or not ctx.options.scrim_config:
            return
        with open(ctx.options.scrim_config, encoding="utf-8") as f:
            config = json.load(f)
        self.log = open(config["log"], "a", encoding="utf-8", buffering=1)
        for name, rule in config["hosts"].items():
            if "key_file" in rule:
                with open(rule["key_file"], encoding="utf-8") as f:
                    rule["key"] = f.read().strip()
            self.hosts[name.lower()] = rule

    def rule(self, host):
        host = host.lower().rstrip(".")
        if host in self.hosts:
            return self.hosts[host]
        while "." in host:
            host = host.split(".", 1)[1]
            if "*." + host in self.hosts:
                return self.hosts["*." + host]
        return None

    def note(self, verdict, flow, host):
        # never the path's query, which may hold a secret of the other side
        self.log.write(json.dumps({
            "time": int(time.time()), "verdict": verdict,
            "method": flow.request.method, "host": host,
            "path": (flow.request.path or "").split("?")[0]}) + "\n")

    def refuse(self, flow, host):
        self.note("refused", flow, host)
        flow.response = http.Response.make(
            403, b"this host is not on the list of the proxy\n")

    @staticmethod
    def send_to(flow, rule):
        if "upstream" in rule:
            host, port = rule["upstream"].rsplit(":", 1)
            flow.request.host, flow.request.port = host, int(port)

    def http_connect(self, flow):
        host = flow.request.host
        rule = self.rule(host)
        if rule is None:
            self.refuse(flow, host)
            return
        self.tunnels[flow.client_conn.id] = host
        self.send_to(flow, rule)

    @staticmethod
    def transparent():
        return "transparent" in str(ctx.options.mode)

    def server_connect(self, data):
        # the name stays that of the request, and of the certificate
        rule = self.rule(data.server.address[0])
        if self.transparent() and rule and "upstream" in rule:
            host, port = rule["upstream"].rsplit(":", 1)
            data.server.address = (host, int(port))

    def client_disconnected(self, client):
        self.tunnels.pop(client.id, None)

    def request(self, flow):
        # Where it really goes, not what a header of the client's says: the two
        # must agree, or a key could be had by naming one host and asking another.
        # Of transparent traffic the address is what a resolver of ours made up: it
        # goes to where the name leads from here.
        named = flow.request.pretty_host
        if self.transparent():
            flow.request.host = named
        host = self.tunnels.get(flow.client_conn.id, flow.request.host)
        sni = flow.client_conn.sni
        rule = self.rule(host)
        if (rule is None or named.lower() != host.lower() or
                (sni and sni.lower() != host.lower())):
            self.refuse(flow, host)
            return
        if not self.transparent():
            header = flow.request.host_header
            self.send_to(flow, rule)
            flow.request.host_header = header
        if "key" in rule:
            name = rule.get("header", "authorization")
            flow.request.headers[name] = rule.get("prefix", "") + rule["key"]
        self.note("allowed", flow, host)


addons = [Inject()]
