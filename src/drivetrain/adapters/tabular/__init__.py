"""Uploaded and local tables (CSV, XLSX, XLS), parsed in a limited child process."""
