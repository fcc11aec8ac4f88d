"""Search: which live listings fulfil some filters, how many for each further word, page by page."""
