"""What the spreadsheet reader is made of: rows out of files, fields out of headers, values out of cells."""
