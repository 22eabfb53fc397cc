/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>

#include <toml++/toml.h>

/*
 * scrim-toml: TOML on standard input, JSON on standard output. The one user of
 * toml++, and a program of its own, so that the parser sees nothing else of
 * scrim and scrim needs no C++. "scrim rules import" runs it.
 *
 * Each table has the number "@line", where it began. Dates come as "". What
 * is no TOML is said on standard error, with its line, and the status is 1.
 */

static const std::size_t input_max = 8u << 20;

static void print_string(std::ostream &to, std::string_view s)
{
	static const char hex[] = "0123456789abcdef";

	to << '"';
	for (unsigned char c : s)
		if (c == '"' || c == '\\')
			to << '\\' << c;
		else if (c < ' ')
			to << "\\u00" << hex[c >> 4] << hex[c & 15];
		else
			to << c;
	to << '"';
}

static void print_node(std::ostream &to, const toml::node &n);

static void print_table(std::ostream &to, const toml::table &t)
{
	to << "{\"@line\":" << t.source().begin.line;
	for (auto &&[key, value] : t) {
		to << ',';
		print_string(to, std::string_view(key));
		to << ':';
		print_node(to, value);
	}
	to << '}';
}

static void print_array(std::ostream &to, const toml::array &a)
{
	const char *before = "";

	to << '[';
	for (auto &&value : a) {
		to << before;
		print_node(to, value);
		before = ",";
	}
	to << ']';
}

static void print_node(std::ostream &to, const toml::node &n)
{
	std::ostringstream text;

	if (n.is_table()) {
		print_table(to, *n.as_table());
	} else if (n.is_array()) {
		print_array(to, *n.as_array());
	} else if (n.is_string()) {
		print_string(to, n.as_string()->get());
	} else if (n.is_integer()) {
		to << n.as_integer()->get();
	} else if (n.is_boolean()) {
		to << (n.as_boolean()->get() ? "true" : "false");
	} else {
		n.visit([&](auto &&v) {
			if constexpr (toml::is_floating_point<decltype(v)>)
				text << v.get();
			else
				text << "";
		});
		/* JSON knows neither infinity nor dates. */
		if (n.is_floating_point() &&
		    text.str().find_first_not_of("0123456789.-+e") ==
			    std::string::npos)
			to << text.str();
		else
			print_string(to, text.str());
	}
}

int main()
{
	std::string text(std::istreambuf_iterator<char>(std::cin), {});
	std::ostringstream out;

	if (text.size() > input_max) {
		std::cerr << "more than 8 MiB\n";
		return 1;
	}
	try {
		print_table(out, toml::parse(text));
	} catch (const toml::parse_error &e) {
		std::cerr << "line " << e.source().begin.line << ": "
			  << e.description() << '\n';
		return 1;
	}
	out << '\n';
	std::cout << out.str() << std::flush;
	return std::cout ? 0 : 1;
}
