/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitlinks.h"
#include "review/gitrules.h"

static void ask_path(void *payload, const char *path, size_t len,
		     struct verdict *out)
{
	const struct gitrules_policy *src = payload;

	policy_whole_path(src->policy, path, len, out);
	if (src->links && len)
		gitlinks_ask(src->links, path, out);
}

static void ask_confirm(void *payload, struct verdict *v, int fd,
			const char *path)
{
	const struct gitrules_policy *src = payload;

	policy_confirm(src->policy, v, fd, path);
}

static int ask_content(void *payload, const struct verdict *v,
		       const char *path, int fd, struct buf *bytes)
{
	const struct gitrules_policy *src = payload;
	struct mask_list list = { 0 };
	int r;

	r = mask_judge(src->policy, v, fd, path, src->key, &list);
	if (r)
		return r < 0 ? r : -1;
	r = list.n > 0;
	if (bytes)
		mask_patch(&list, bytes->ptr, bytes->len, 0);
	mask_list_release(&list);
	return r;
}

void gitrules_init(struct gitview_rules *out, struct gitrules_policy *src)
{
	*out = (struct gitview_rules){
		.path = ask_path,
		.confirm = ask_confirm,
		.content = ask_content,
		.payload = src,
		.digest = policy_digest(src->policy),
	};
}
