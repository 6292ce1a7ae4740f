#include <zlib.h>

/// `inflateInit2` is a macro that hands in zlib's version and the size of its state, which Swift cannot call.
static inline int czlib_inflate_init_raw(z_stream *stream) { return inflateInit2(stream, -MAX_WBITS); }
