"""Pictures that strangers send: decoded in a limited child process, and encoded again without anything but pixels."""
