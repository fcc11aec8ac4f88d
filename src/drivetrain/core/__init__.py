"""Plain values that everything else speaks in: errors, money, units, places, time, ids, pages, events, progress."""
