#pragma once
#include <zlib.h>

/// inflateInit2 is a macro, which Swift does not import: gzip members only (zlib.h: 16 added to windowBits).
static inline int gzip_inflate_start(z_stream *stream) { return inflateInit2(stream, 16 + MAX_WBITS); }
