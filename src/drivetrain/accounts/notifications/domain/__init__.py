"""What a message, an address and a signature are, without any technology."""
