"""The files that a list of patients comes in (CSV, parquet, workbook) as a table of text."""
