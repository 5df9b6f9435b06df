"""The codemods: per fix a module with the functions that rewrite its libcst nodes; `commands` for libcst.tool."""
