//! HTTP over observed streams: the serving end, the asking end, and what both need.
