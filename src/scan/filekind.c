/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/filekind.h"

#include <string.h>
#include <strings.h>

struct kind_of {
	const char *ext;
	enum filekind kind;
};

static const struct kind_of by_ext[] = {
	{ "env", FILE_CONFIG }, { "ini", FILE_CONFIG }, { "conf", FILE_CONFIG },
	{ "cfg", FILE_CONFIG }, { "cnf", FILE_CONFIG }, { "toml", FILE_CONFIG },
	{ "properties", FILE_CONFIG }, { "yml", FILE_CONFIG },
	{ "yaml", FILE_CONFIG }, { "json", FILE_CONFIG },
	{ "json5", FILE_CONFIG }, { "jsonc", FILE_CONFIG },
	{ "sh", FILE_CONFIG }, { "bash", FILE_CONFIG }, { "zsh", FILE_CONFIG },
	{ "ps1", FILE_CONFIG }, { "bat", FILE_CONFIG }, { "cmd", FILE_CONFIG },
	{ "tf", FILE_CONFIG }, { "tfvars", FILE_CONFIG }, { "hcl", FILE_CONFIG },
	{ "tfstate", FILE_CONFIG }, { "xml", FILE_CONFIG },
	{ "config", FILE_CONFIG }, { "plist", FILE_CONFIG },
	{ "example", FILE_CONFIG }, { "sample", FILE_CONFIG },
	{ "dist", FILE_CONFIG }, { "template", FILE_CONFIG },
	{ "tpl", FILE_CONFIG }, { "service", FILE_CONFIG },
	{ "local", FILE_CONFIG }, { "production", FILE_CONFIG },
	{ "staging", FILE_CONFIG }, { "development", FILE_CONFIG },
	{ "credentials", FILE_CONFIG }, { "csv", FILE_CONFIG },
	{ "c", FILE_CODE }, { "h", FILE_CODE }, { "cc", FILE_CODE },
	{ "cpp", FILE_CODE }, { "cxx", FILE_CODE }, { "hpp", FILE_CODE },
	{ "hh", FILE_CODE }, { "m", FILE_CODE }, { "mm", FILE_CODE },
	{ "js", FILE_CODE }, { "mjs", FILE_CODE }, { "cjs", FILE_CODE },
	{ "ts", FILE_CODE }, { "jsx", FILE_CODE }, { "tsx", FILE_CODE },
	{ "vue", FILE_CODE }, { "svelte", FILE_CODE }, { "py", FILE_CODE },
	{ "pyi", FILE_CODE }, { "ipynb", FILE_CODE }, { "rb", FILE_CODE },
	{ "erb", FILE_CODE }, { "go", FILE_CODE }, { "java", FILE_CODE },
	{ "kt", FILE_CODE }, { "kts", FILE_CODE }, { "scala", FILE_CODE },
	{ "groovy", FILE_CODE }, { "gradle", FILE_CODE }, { "rs", FILE_CODE },
	{ "php", FILE_CODE }, { "inc", FILE_CODE }, { "cs", FILE_CODE },
	{ "vb", FILE_CODE }, { "fs", FILE_CODE }, { "swift", FILE_CODE },
	{ "pl", FILE_CODE }, { "pm", FILE_CODE }, { "t", FILE_CODE },
	{ "lua", FILE_CODE }, { "sql", FILE_CODE }, { "r", FILE_CODE },
	{ "ex", FILE_CODE }, { "exs", FILE_CODE }, { "erl", FILE_CODE },
	{ "dart", FILE_CODE }, { "clj", FILE_CODE }, { "hs", FILE_CODE },
	{ "html", FILE_CODE }, { "htm", FILE_CODE }, { "pug", FILE_CODE },
	{ "s", FILE_CODE }, { "asm", FILE_CODE }, { "dts", FILE_CODE },
	{ "dtsi", FILE_CODE }, { "proto", FILE_CODE }, { "graphql", FILE_CODE },
	{ "pas", FILE_CODE }, { "pp", FILE_CODE }, { "dpr", FILE_CODE },
	{ "lpr", FILE_CODE }, { "vim", FILE_CODE }, { "el", FILE_CODE },
	{ "lisp", FILE_CODE }, { "scm", FILE_CODE }, { "tcl", FILE_CODE },
	{ "d", FILE_CODE }, { "nim", FILE_CODE }, { "zig", FILE_CODE },
	{ "jl", FILE_CODE }, { "ml", FILE_CODE }, { "mli", FILE_CODE },
	{ "f90", FILE_CODE }, { "adb", FILE_CODE }, { "ads", FILE_CODE },
	{ "v", FILE_CODE }, { "sv", FILE_CODE }, { "coffee", FILE_CODE },
	{ "pyx", FILE_CODE }, { "awk", FILE_CODE }, { "sol", FILE_CODE },
	{ "cmake", FILE_CODE }, { "m4", FILE_CODE }, { "bas", FILE_CODE },
	{ "cls", FILE_CODE }, { "tm", FILE_CODE }, { "def", FILE_CODE },
	{ "td", FILE_CODE }, { "cr", FILE_CODE }, { "ino", FILE_CODE },
	{ "groovy", FILE_CODE }, { "hbs", FILE_CODE }, { "ejs", FILE_CODE },
	{ "j2", FILE_CONFIG }, { "stub", FILE_CODE }, { "y", FILE_CODE }, { "l", FILE_CODE },
	{ "md", FILE_DOC }, { "rst", FILE_DOC }, { "adoc", FILE_DOC },
	{ "txt", FILE_DOC }, { "markdown", FILE_DOC }, { "mdx", FILE_DOC },
	{ "tex", FILE_DOC }, { "1", FILE_DOC }, { "5", FILE_DOC },
	{ "8", FILE_DOC }, { "org", FILE_DOC }, { "log", FILE_DOC },
	{ "po", FILE_NOISE }, { "pot", FILE_NOISE }, { "svg", FILE_NOISE },
	{ "css", FILE_NOISE }, { "scss", FILE_NOISE }, { "less", FILE_NOISE },
	{ "map", FILE_NOISE }, { "sum", FILE_NOISE }, { "lock", FILE_NOISE },
	{ "xlf", FILE_NOISE }, { "resx", FILE_NOISE }, { "strings", FILE_NOISE },
	{ "patch", FILE_CODE }, { "diff", FILE_CODE },
};

static const struct kind_of by_name[] = {
	{ "package-lock.json", FILE_NOISE }, { "yarn.lock", FILE_NOISE },
	{ "pnpm-lock.yaml", FILE_NOISE }, { "npm-shrinkwrap.json", FILE_NOISE },
	{ "Pipfile.lock", FILE_NOISE }, { "composer.lock", FILE_NOISE },
	{ "go.sum", FILE_NOISE }, { "Cargo.lock", FILE_NOISE },
	{ ".secrets.baseline", FILE_NOISE }, { "SHA256SUMS", FILE_NOISE },
	{ "Dockerfile", FILE_CONFIG }, { "Makefile", FILE_CONFIG },
	{ "Jenkinsfile", FILE_CODE }, { "Vagrantfile", FILE_CODE },
	{ ".env", FILE_CONFIG }, { ".npmrc", FILE_CONFIG },
};

static enum filekind look_up(const struct kind_of *k, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if ((k[i].ext[0] ^ s[0]) % 32 == 0 && !strcasecmp(k[i].ext, s))
			return k[i].kind;
	return FILE_OTHER;
}

enum filekind filekind_of(const char *path)
{
	const char *name, *dot;
	enum filekind k;

	if (!path)
		return FILE_OTHER;
	name = strrchr(path, '/');
	name = name ? name + 1 : path;
	k = look_up(by_name, sizeof(by_name) / sizeof(by_name[0]), name);
	if (k != FILE_OTHER)
		return k;
	if (!strncasecmp(name, ".env", 4) || !strncasecmp(name, "Dockerfile.", 11))
		return FILE_CONFIG;
	dot = strrchr(name, '.');
	if (!dot)
		return FILE_OTHER;
	return look_up(by_ext, sizeof(by_ext) / sizeof(by_ext[0]), dot + 1);
}
