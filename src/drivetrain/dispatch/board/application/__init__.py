"""Reading the board, the lists beside it, and drivers by cells of the map."""
