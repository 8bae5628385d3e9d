"""What people read: figures, sections of a report, and their renderers to text, HTML, Markdown, Word and notebook.

No number is computed here. The public face is the package `simulator.report.figures`.
"""
