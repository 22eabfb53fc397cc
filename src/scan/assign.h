/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_ASSIGN_H
#define SCAN_ASSIGN_H

#include <stddef.h>

/*
 * Finds "name = value" around a word of the name, in the syntaxes of source
 * code, configuration, markup, command lines and escaped strings:
 *
 *	name = value	name: value	name => 'value'	name := "value"
 *	"name": "value"	x["name"] = "value"	\"name\": \"value\"
 *	name: str = "value"	setName("value")	define('NAME', 'value')
 *	<name>value</name>	<x key="name" value="value"/>
 *	<key>name</key><string>value</string>	- name: NAME / value: value
 *	--name value	--name=value	ENV NAME value	name=value&... name=value;
 *	name || "value"	${NAME:-value}	variable "name" { default = "value" }
 *	<x name="name">value</x>	name As String = "value"
 *	f("String", "NAME", "value")	name = (\n "value"
 */
enum assign_form {
	ASSIGN_EQUALS,
	ASSIGN_COLON,
	ASSIGN_COMPARE,		/* == and the like */
	ASSIGN_CALL,		/* name("value") or f("name", "value") */
	ASSIGN_MARKUP,
	ASSIGN_PAIR,		/* name and value are values themselves */
	ASSIGN_OPTION,		/* --name value */
	ASSIGN_WORD,		/* ENV NAME value, password 'value' */
	ASSIGN_LOOSE,		/* name value; of detect_loose (scan/detect.h) */
};

struct assign {
	size_t name, name_len;		/* offsets in the text */
	size_t value, value_len;
	enum assign_form form;
	char quote;	/* around the value; 0 where bare */
	int wrapped;	/* the value is an argument: name = f("value") */
	int whole_line;	/* the name begins its line; a bare value ends it */
};

/*
 * text from from to to is searched, at is a byte of the name; to lies some lines
 * after line_end, the end of at's line. 1 with *out filled, 0 where there is no
 * such thing; then out->name and name_len are set all the same.
 */
int assign_find(const char *text, size_t from, size_t to, size_t line_end,
		size_t at, struct assign *out);

#endif
