"""Rules of conversations: who takes part, what may be written, what is answered by itself."""
