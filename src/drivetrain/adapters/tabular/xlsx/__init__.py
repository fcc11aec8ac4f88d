"""Reading XLSX workbooks cell by cell: what each cell is, which sheet it stands in, and where a workbook contradicts itself.

Streaming and bounded: XML is parsed in blocks, without DTDs, and one row is held at a time.
"""
