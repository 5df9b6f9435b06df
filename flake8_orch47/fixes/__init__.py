"""Fixes: what repairs a finding. Only this room knows libcst."""
