#pragma once
#include <zlib.h>

/// inflateInit2 is a macro, which Swift does not import: gzip members only (zlib.h: 16 added to windowBits).
static inline int gzip_inflate_start(z_stream *stream) { return inflateInit2(stream, 16 + MAX_WBITS); }

/// deflateInit2 is one too: a gzip member without name and time (8 is zlib.h's default for memLevel).
static inline int gzip_deflate_start(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
}
