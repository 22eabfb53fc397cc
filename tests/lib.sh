# Helpers that all shell tests source. SPDX-License-Identifier: GPL-2.0-or-later
