/* One step of telling for a whole stack in one call: a list of operations on rows of activations. A row is one token of one
   story; a story that is being read has many rows in a step, one that is being told has one. Every operation computes a row
   from that row and its slot alone, with sums in an order that does not depend on the other rows: what a story says does not
   depend on its neighbours or on how its beginning was cut into steps.
   All threads run through the list together and share out the work of each operation. Rows of activations lie a multiple of 64
   floats apart, and vectors may be read and written up to there.
   Legend: K inner width of a product; E channels, N state size, R step rank; D head width, W window. */

#include <omp.h>

typedef struct {
    int64_t kind, n[15];
    double f[4];
    void *p[12];
} operation;

/* A run is the rows of one slot, in the order of their positions. */
typedef struct {
    int64_t rows, runs, wanted;
    const int64_t *tokens, *before, *positions; /* of each row; before: the token before it */
    const int64_t *slots, *first;               /* of each run: its slot, and its first row; first[runs] = rows */
    const int64_t *want;                        /* the rows that a product with `only wanted` is for */
} decode_step;

enum { EMBED, SKIP, PRODUCT, ATTEND, CONVOLVE, SCAN, RECUR, SCAN_TRACKS, READ_TRACKS };

INLINE void put(float *out, vec x, int64_t left) { /* zeros past the end, so that rows are always whole vectors */
    store(out, left >= LANES ? x : select_vec(LANE_INDEX < (int)left, x, (vec){0}));
}

#include "decode_product.h"
#include "decode_attention.h"
#include "decode_recurrent.h"
#include "decode_tracks.h"

/* x = embedding[token] + position table[position] + bigram table[hash(token before, token)].
   n: width, stride of x, bigram buckets. p: embedding, positions, bigrams (or NULL), x, copy of x (or NULL). */
static void embed(const operation *o, const decode_step *s) {
    int64_t C = o->n[0], stride = o->n[1], buckets = o->n[2];
    const float *embedding = o->p[0], *positions = o->p[1], *bigrams = o->p[2];
#pragma omp for schedule(static)
    for (int64_t r = 0; r < s->rows; r++) {
        float *x = (float *)o->p[3] + r * stride;
        for (int64_t c = 0; c < C; c++) x[c] = embedding[s->tokens[r] * C + c];
        if (positions)
            for (int64_t c = 0; c < C; c++) x[c] += positions[s->positions[r] * C + c];
        if (bigrams) {
            const float *row = bigrams + (s->before[r] * 36313 + s->tokens[r] * 27191) % buckets * C;
            for (int64_t c = 0; c < C; c++) x[c] += row[c];
        }
        if (o->p[4]) memcpy((float *)o->p[4] + r * stride, x, sizeof(float) * C);
    }
}

/* x = f[0] x + f[1] embedded. n: width, stride. p: x, embedded. */
static void skip(const operation *o, const decode_step *s) {
    float old = (float)o->f[0], new = (float)o->f[1];
#pragma omp for schedule(static)
    for (int64_t r = 0; r < s->rows; r++)
        for (int64_t c = 0; c < o->n[0]; c++) {
            float *x = (float *)o->p[0] + r * o->n[1] + c;
            *x = old * *x + new * ((const float *)o->p[1])[r * o->n[1] + c];
        }
}

/* own: [threads][room] floats, which a thread has for itself. */
EXPORT void decode(const operation *operations, int64_t count, const decode_step *step, float *own, int64_t room, int64_t threads) {
#pragma omp parallel num_threads(threads)
    {
        float *mine = own + omp_get_thread_num() * room;
        for (int64_t i = 0; i < count; i++) {
            const operation *o = operations + i;
            switch (o->kind) {
            case EMBED: embed(o, step); break;
            case SKIP: skip(o, step); break;
            case PRODUCT: product_of_rows(o, step, mine, own); break;
            case ATTEND: attend(o, step, mine); break;
            case CONVOLVE: convolve(o, step); break;
            case SCAN: scan_rows(o, step); break;
            case RECUR: recur(o, step, mine); break;
            case SCAN_TRACKS: scan_tracks(o, step); break;
            case READ_TRACKS: read_tracks(o, step, mine); break;
            }
        }
        release_tiles();
    }
}
