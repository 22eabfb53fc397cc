-- SPDX-License-Identifier: GPL-2.0-or-later
-- Commands of Neovim: :Scrim ARGUMENT... in a terminal of its own, :ScrimReview,
-- :ScrimAgent COMMAND. Buffers are read anew when the terminal closes.
local function terminal(args)
  vim.cmd("botright new")
  vim.fn.termopen(vim.list_extend({ "scrim" }, args), {
    on_exit = function()
      vim.cmd("checktime")
    end,
  })
  vim.cmd("startinsert")
end

vim.api.nvim_create_user_command("Scrim", function(o)
  terminal(o.fargs)
end, { nargs = "+", desc = "run scrim in a terminal" })

vim.api.nvim_create_user_command("ScrimReview", function()
  terminal({ "review" })
end, { desc = "review what an agent changed" })

vim.api.nvim_create_user_command("ScrimAgent", function(o)
  terminal(vim.list_extend({ "run", "--" }, o.fargs))
end, { nargs = "+", desc = "run an agent on a view of this workspace" })
