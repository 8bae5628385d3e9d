"""The sections of a report, each built once from a comparison's tables as blocks of text, tables and figures."""
