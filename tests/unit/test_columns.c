/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "scan/columns.h"

/* Each cell as "name=value ". */
static void gives(const char *text, const char *at, const char *want)
{
	const char *nl = strchr(text, '\n');
	size_t len = strlen(text), line = nl ? (size_t)(nl - text) : len;
	size_t hit = (size_t)(strstr(text, at) - text), n = 0;
	struct columns c;
	struct cell cell;
	char got[512] = "";

	if (!columns_sql(text, 0, len, hit, &c) && !columns_csv(text, 0, line, &c))
		snprintf(got, sizeof(got), "nothing");
	else
		while (columns_next(&c, text, len, &cell) && n < sizeof(got) - 99)
			n += (size_t)snprintf(got + n, sizeof(got) - n,
					      "%.*s=%.*s ",
					      (int)c.name[cell.column].len,
					      text + c.name[cell.column].at,
					      (int)cell.len, text + cell.at);
	assert_string_equal(got, want);
	if (n)
		assert_true(c.at <= len + 1);
}

static void test_columns_csv(void **state)
{
	gives("id,pass\n1,abc\n2,d", "pass", "id=1 pass=abc id=2 pass=d ");
	gives("id;\"pass\"\n1;\"a;\"\"b\"\n", "pass",
	      "id=1 pass=a;\"\"b ");
	gives("pass\tid\r\nabc\t1\r\n", "pass", "pass=abc id=1 ");
	gives("a,pass\n1,2,3,4\n5,6", "pass", "a=1 pass=2 a=5 pass=6 ");
	gives("a,pass\n1\n2,\"3", "pass", "a=1 a=2 pass=\"3 ");
	gives("pass", "pass", "nothing");
}

static void test_columns_sql(void **state)
{
	gives("INSERT INTO t (a, `pass`) VALUES (1, 'x'), (2, 'y''z');", "pass",
	      "a=1 pass=x a=2 pass=y''z ");
	gives("insert into s.t(pass)\n values (f('a,b', 2))", "pass",
	      "pass=f('a,b', 2) ");
	gives("insert into t (a, pass) values ('b\\'c', 'd')", "pass",
	      "a=b\\'c pass=d ");
	gives("INSERT INTO t (pass) VALUES ('x", "pass", "");
	gives("INSERT INTO t (pass)", "pass", "nothing");
	gives("f(pass)", "pass", "nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_csv),
		cmocka_unit_test(test_columns_sql),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
