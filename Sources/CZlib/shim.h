#include <zlib.h>

// `inflateInit2` and `deflateInit2` are macros that hand in zlib's version and the size of its state, which Swift cannot call.

static inline int czlib_inflate_init_raw(z_stream *stream) { return inflateInit2(stream, -MAX_WBITS); }

/// With the header and checksum of gzip (RFC 1952), as small as zlib can.
static inline int czlib_deflate_init_gzip(z_stream *stream) {
    return deflateInit2(stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY);
}
