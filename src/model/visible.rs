//! Bytes from outside made safe and plain to see: nothing that acts on a terminal is left.
