/* One step of generation for a whole stack in one call: a list of operations on rows of activations. A row is one token of one
   story; a story that is being read has many rows in a step, one that is being generated has one. Every operation computes a row
   from that row and its slot alone, with sums in an order that does not depend on the other rows: what a story says does not
   depend on its neighbours or on how its prompt was cut into steps.
   The threads share out the tasks of each operation, and those of the next one begin when all are done. Rows of activations lie a multiple of 64
   floats apart, and vectors may be read and written up to there.
   Legend: K inner width of a product; E channels, N state size, R step rank; D head width, W window. */

#include "decode_types.h"
#include "decode_product.h"
#include "decode_attention.h"
#include "decode_recurrent.h"
#include "decode_trapezoid.h"
#include "decode_delta.h"
#include "decode_tracks.h"

static int64_t embed_room(const embed_operation *o) { return o->bigrams && o->buckets < 1 ? LACKING : 0; }

static int64_t embed_tasks(const embed_operation *o, const decode_step *s) { (void)o; return s->rows; }

static void embed(const embed_operation *o, const decode_step *s, float *own, float *all, int64_t begin, int64_t end) {
    (void)own, (void)all;
    int64_t C = o->width;
    for (int64_t r = begin; r < end; r++) {
        float *x = row_of(o->x, r);
        for (int64_t c = 0; c < C; c++) x[c] = o->embedding[s->tokens[r] * C + c];
        if (o->positions)
            for (int64_t c = 0; c < C; c++) x[c] += o->positions[s->positions[r] * C + c];
        if (o->bigrams) {
            const float *row = o->bigrams + (s->before[r] * o->before_factor + s->tokens[r] * o->token_factor) % o->buckets * C;
            for (int64_t c = 0; c < C; c++) x[c] += row[c];
        }
        if (o->copy.at) memcpy(row_of(o->copy, r), x, sizeof(float) * C);
    }
}

static int64_t skip_tasks(const skip_operation *o, const decode_step *s) { (void)o; return s->rows; }

static void skip(const skip_operation *o, const decode_step *s, float *own, float *all, int64_t begin, int64_t end) {
    (void)s, (void)own, (void)all;
    float old = (float)o->old, new = (float)o->new;
    for (int64_t r = begin; r < end; r++)
        for (int64_t c = 0; c < o->width; c++) {
            float *x = row_of(o->x, r) + c;
            *x = old * *x + new * row_of(o->embedded, r)[c];
        }
}

/* The floats that a thread needs for itself in one operation, where a step has at most so many rows; LACKING where an optional
   pointer is missing that this operation needs. */
EXPORT int64_t decode_room(const operation *o, int64_t rows) {
    switch (o->kind) {
    case OPERATION_embed: return embed_room(o->arguments);
    case OPERATION_product: return product_room(o->arguments, rows);
    case OPERATION_attend: return attend_room(o->arguments);
    case OPERATION_recur: return recur_room(o->arguments);
    case OPERATION_trapezoid: return trapezoid_room(o->arguments);
    case OPERATION_delta: return delta_room(o->arguments);
    case OPERATION_read_tracks: return read_tracks_room(o->arguments);
    default: return 0;
    }
}

/* One operation, as the pool is told of it. */
struct decoding {
    const void *operation;
    const decode_step *step;
    float *own; /* [threads][room] */
    int64_t room;
};

#define OF_TASKS(name)                                                                             \
    static void name##_of_tasks(const void *context, int64_t begin, int64_t end, int64_t thread) { \
        const struct decoding *d = context;                                                        \
        name(d->operation, d->step, d->own + thread * d->room, d->own, begin, end);                \
    }
OPERATIONS(OF_TASKS)
OF_TASKS(ready_rows)

/* Tasks of a piece: about half a microsecond, or one of them. */
static int64_t piece_of(const operation *o, const decode_step *s) {
    switch (o->kind) {
    case OPERATION_embed: return 16;
    case OPERATION_skip: return 16;
    case OPERATION_convolve: return 16;
    case OPERATION_scan: return 4;
    case OPERATION_scan_tracks: return 4;
    case OPERATION_product: return product_piece(o->arguments, s);
    default: return 1;
    }
}

/* own: [threads][room] floats, which a thread has for itself. */
EXPORT void decode(const operation *operations, int64_t count, const decode_step *step, float *own, int64_t room, int64_t threads) {
    for (int64_t i = 0; i < count; i++) {
        const void *o = operations[i].arguments;
        const struct decoding all = {o, step, own, room};
        if (operations[i].kind == OPERATION_product) parallel_for_some(threads, product_rows(o, step), 8, ready_rows_of_tasks, &all);
        switch (operations[i].kind) {
#define RUN(name) \
    case OPERATION_##name: parallel_for_some(threads, name##_tasks(o, step), piece_of(operations + i, step), name##_of_tasks, &all); break;
            OPERATIONS(RUN)
        }
    }
}
