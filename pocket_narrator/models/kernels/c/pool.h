/* How kernels share out their work; they know of threads only what is here.

     parallel_for(count, piece, work, context)

   calls work(context, begin, end, thread) until all of [0, count) is done: about `piece` of it at a time where several threads share it, and all
   at once in the caller where they do not: in WebAssembly, inside of another parallel_for, while another caller has the threads, and
   where there is one piece only. `thread` is below the number of threads, and no two calls at a time have the same one. What is
   computed of an item must not depend on the piece that it is in, so that results do not depend on the number of threads. */
#include <stdint.h>

#define MAX_THREADS 256
#define SOME_TOKENS 64 /* of a piece, where a token takes little time */

typedef void (*piece_work)(const void *context, int64_t begin, int64_t end, int64_t thread);

#ifdef __wasm__
EXPORT void set_threads(int64_t threads) { (void)threads; }

static inline void parallel_for_some(int64_t most, int64_t count, int64_t piece, piece_work work, const void *context) {
    (void)most, (void)piece;
    if (count > 0) work(context, 0, count, 0);
}
#else
#include "pool_system.h"
#include "pool_team.h"
#endif

/* On all threads; parallel_for_some: on `most` at most. */
static inline void parallel_for(int64_t count, int64_t piece, piece_work work, const void *context) {
    parallel_for_some(MAX_THREADS, count, piece, work, context);
}
