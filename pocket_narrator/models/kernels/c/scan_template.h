/* The selective scan (Gu & Dao 2023, section 3.2), forward and backward. Included once for each element type.

     h[t] = exp(d[t] A) h[t-1] + d[t] u[t] B[t],    y[t] = (C[t] h[t] + D u[t]) silu(z[t]),    d = softplus(delta + bias)

   A lane is a channel, a vector of 16 of them is a block; the states of a block lie in N vectors, so that sums over the
   state need no shuffles. The forward pass keeps the states before every chunk; the backward pass recomputes the rest
   chunk by chunk inside the second-level cache. Gradients that sum over channels are summed in lanes, a chunk at a time. */

RARE vec NAME(load_lanes_part)(const ELEMENT *p, int count) {
    vec x = {0};
    for (int i = 0; i < count; i++) x[i] = TO_FLOAT(p[i]);
    return x;
}
RARE void NAME(store_lanes_part)(ELEMENT *p, vec x, int count) {
    for (int i = 0; i < count; i++) p[i] = FROM_FLOAT(x[i]);
}
INLINE vec NAME(load_lanes)(const ELEMENT *p, int count) { return count == LANES ? LOAD16(p) : NAME(load_lanes_part)(p, count); }
INLINE void NAME(store_lanes)(ELEMENT *p, vec x, int count) {
    if (count == LANES) STORE16(p, x);
    else NAME(store_lanes_part)(p, x, count);
}

/* Inputs and outputs (B and C of the recurrence) of one chunk and group as floats: [length][N]. */
INLINE void NAME(read_chunk)(const ELEMENT *from, int64_t stride, int64_t length, int64_t N, float *to) {
    for (int64_t t = 0; t < length; t++)
        for (int64_t n = 0; n < N; n++) to[t * N + n] = TO_FLOAT(from[t * stride + n]);
}

INLINE vec NAME(step_size)(const scan_sizes *s, const ELEMENT *delta, int64_t e, int count, vec *slope) {
    vec d = NAME(load_lanes)(delta, count);
    if (s->bias) d += load_some(s->bias + e, count);
    if (s->has_softplus) return softplus_vec(d, slope);
    *slope = splat(1.0f);
    return d;
}

#define STATE 16
#define STATE_ROOM 16
#define UNROLL _Pragma("GCC unroll 16")
#define BODY(x) NAME(x##_16)
#include "scan_body.h"
#undef STATE
#undef STATE_ROOM
#undef BODY
#undef UNROLL
#define UNROLL
#define STATE (s->N)
#define STATE_ROOM MAX_STATE
#define BODY(x) NAME(x##_any)
#include "scan_body.h"
#undef STATE
#undef STATE_ROOM
#undef BODY
#undef UNROLL

/* The work is cut into B x parts tasks, whatever the number of threads. */
struct NAME(scan) {
    scan_sizes sizes;
    int64_t parts;
    const ELEMENT *u, *delta, *z, *inputs, *outputs;
    const float *initial;
    ELEMENT *y;
    float *last, *kept;
};

static void NAME(scan_tasks)(const void *context, int64_t begin, int64_t stop, int64_t thread) {
    const struct NAME(scan) *a = context;
    const scan_sizes *s = &a->sizes;
    const ELEMENT *u = a->u, *delta = a->delta, *z = a->z, *inputs = a->inputs, *outputs = a->outputs;
    const int64_t E = s->E, N = s->N, parts = a->parts, chunks = (s->T + CHUNK - 1) / CHUNK;
    const float *initial = a->initial;
    float *last = a->last, *kept = a->kept;
    (void)thread;
    for (int64_t task = begin; task < stop; task++) {
        int64_t b = task / parts, part = task % parts;
        int64_t first = part * s->blocks / parts, end = (part + 1) * s->blocks / parts;
        float *B = scratch(sizeof(float) * 2 * CHUNK * N), *C = B + CHUNK * N;
        float *state = last + b * N * E;
        for (int64_t k = first; k < end; k++) {
            int64_t e = s->block_start[k], width = s->block_start[k + 1] - e;
            for (int64_t n = 0; n < N; n++) {
                if (initial) memcpy(state + n * E + e, initial + (b * N + n) * E + e, sizeof(float) * width);
                else memset(state + n * E + e, 0, sizeof(float) * width);
            }
        }
        for (int64_t chunk = 0; chunk < chunks; chunk++) {
            int64_t from = chunk * CHUNK, length = s->T - from < CHUNK ? s->T - from : CHUNK, token = b * s->T + from, group = -1;
            for (int64_t k = first; k < end; k++) {
                int64_t e = s->block_start[k];
                int count = (int)(s->block_start[k + 1] - e);
                if (s->block_group[k] != group) {
                    group = s->block_group[k];
                    NAME(read_chunk)(inputs + token * s->input_stride + group * N, s->input_stride, length, N, B);
                    NAME(read_chunk)(outputs + token * s->output_stride + group * N, s->output_stride, length, N, C);
                }
                float *keep = kept ? kept + (b * chunks + chunk) * N * E : NULL;
                const uint8_t *start = s->starts ? s->starts + token : NULL;
                const ELEMENT *gate = z ? z + token * s->z_stride + e : NULL;
                const ELEMENT *x = u + token * s->u_stride + e, *step = delta + token * s->delta_stride + e;
                ELEMENT *out = a->y + token * E + e;
                if (N == 16 && !s->one_rate) NAME(forward_16)(s, x, step, gate, B, C, start, state, keep, out, e, count, length, 0);
                else if (N == 16) NAME(forward_16)(s, x, step, gate, B, C, start, state, keep, out, e, count, length, 1);
                else NAME(forward_any)(s, x, step, gate, B, C, start, state, keep, out, e, count, length, (int)s->one_rate);
            }
        }
        free_scratch(B);
    }
}

/* y: [B][T][E]; last: [B][N][E], the state after the last token; kept: [B][chunks][N][E], the states before each chunk,
   or NULL; initial: [B][N][E], or NULL for zeros. */
EXPORT void NAME(scan_forward)(int64_t B, int64_t T, int64_t E, int64_t G, int64_t N, int64_t blocks, int64_t one_rate, int64_t has_softplus,
                               int64_t u_stride, int64_t delta_stride, int64_t z_stride, int64_t input_stride, int64_t output_stride,
                               const int64_t *block_start, const int64_t *block_group, const float *rates, OPTIONAL const float *skip,
                               OPTIONAL const float *bias, OPTIONAL const uint8_t *starts, const ELEMENT *u, const ELEMENT *delta,
                               OPTIONAL const ELEMENT *z, const ELEMENT *inputs, const ELEMENT *outputs, OPTIONAL const float *initial,
                               ELEMENT *y, float *last, OPTIONAL float *kept, int64_t parts) {
    const scan_sizes sizes = {B, T, E, G, N, blocks, one_rate, has_softplus, block_start, block_group, rates, skip, bias, starts,
                              u_stride, delta_stride, z_stride, input_stride, output_stride};
    const struct NAME(scan) all = {sizes, parts, u, delta, z, inputs, outputs, initial, y, last, kept};
    parallel_for(B * parts, B * T > 8 ? 1 : B * parts, NAME(scan_tasks), &all);
}

struct NAME(scan_gradients) {
    scan_sizes sizes;
    int64_t parts;
    const ELEMENT *u, *delta, *z, *inputs, *outputs, *grad_y;
    const float *kept, *grad_last;
    ELEMENT *grad_u, *grad_delta, *grad_z;
    float *grad_inputs, *grad_outputs, *grad_rates, *grad_skip, *grad_bias, *grad_initial;
};

static void NAME(scan_tasks_backward)(const void *context, int64_t from_task, int64_t to_task, int64_t thread) {
    const struct NAME(scan_gradients) *a = context;
    const scan_sizes *s = &a->sizes;
    const ELEMENT *u = a->u, *delta = a->delta, *z = a->z, *inputs = a->inputs, *outputs = a->outputs, *grad_y = a->grad_y;
    const int64_t E = s->E, N = s->N, parts = a->parts, chunks = (s->T + CHUNK - 1) / CHUNK, rows = s->one_rate ? 1 : N;
    const float *kept = a->kept, *grad_last = a->grad_last;
    ELEMENT *grad_u = a->grad_u, *grad_delta = a->grad_delta, *grad_z = a->grad_z;
    float *grad_rates = a->grad_rates, *grad_skip = a->grad_skip, *grad_bias = a->grad_bias, *grad_initial = a->grad_initial;
    (void)thread;
    for (int64_t task = from_task; task < to_task; task++) {
        int64_t b = task / parts, part = task % parts;
        int64_t first = part * s->blocks / parts, end = (part + 1) * s->blocks / parts;
        float *B = scratch(sizeof(float) * 2 * CHUNK * N), *C = B + CHUNK * N;
        scan_chunk *room = scratch(sizeof(scan_chunk));
        vec *sums = scratch(sizeof(vec) * 2 * CHUNK * N), *input_sums = sums, *output_sums = sums + CHUNK * N;
        float *state = grad_initial + b * N * E; /* the gradient of the state, carried from the end to the beginning */
        for (int64_t k = first; k < end; k++) {
            int64_t e = s->block_start[k], width = s->block_start[k + 1] - e;
            for (int64_t n = 0; n < N; n++) memcpy(state + n * E + e, grad_last + (b * N + n) * E + e, sizeof(float) * width);
            for (int64_t n = 0; n < rows; n++) memset(grad_rates + (b * rows + n) * E + e, 0, sizeof(float) * width);
            memset(grad_skip + b * E + e, 0, sizeof(float) * width);
            memset(grad_bias + b * E + e, 0, sizeof(float) * width);
        }
        for (int64_t chunk = chunks - 1; chunk >= 0; chunk--) {
            int64_t from = chunk * CHUNK, length = s->T - from < CHUNK ? s->T - from : CHUNK, token = b * s->T + from;
            for (int64_t g = 0; g < s->G; g++) {
                int64_t begin = first, stop = first;
                while (begin < end && s->block_group[begin] != g) begin++;
                for (stop = begin; stop < end && s->block_group[stop] == g; stop++) {}
                memset(sums, 0, sizeof(vec) * 2 * CHUNK * N);
                if (begin < stop) {
                    NAME(read_chunk)(inputs + token * s->input_stride + g * N, s->input_stride, length, N, B);
                    NAME(read_chunk)(outputs + token * s->output_stride + g * N, s->output_stride, length, N, C);
                }
                for (int64_t k = begin; k < stop; k++) {
                    int64_t e = s->block_start[k];
                    int count = (int)(s->block_start[k + 1] - e);
                    const float *keep = kept + (b * chunks + chunk) * N * E;
                    const uint8_t *start = s->starts ? s->starts + token : NULL;
                    const ELEMENT *gate = z ? z + token * s->z_stride + e : NULL;
                    const ELEMENT *x = u + token * s->u_stride + e, *step = delta + token * s->delta_stride + e;
                    int64_t at = token * E + e;
                    ELEMENT *out_z = z ? grad_z + at : NULL;
                    float *out_rates = grad_rates + b * rows * E, *out_skip = grad_skip + b * E + e, *out_bias = grad_bias + b * E + e;
#define BACKWARD(form, one_rate) \
    NAME(backward_##form)(s, x, step, gate, B, C, start, keep, grad_y + at, state, room, input_sums, output_sums, grad_u + at, \
                          grad_delta + at, out_z, out_rates, out_skip, out_bias, e, count, length, one_rate)
                    if (N == 16 && !s->one_rate) BACKWARD(16, 0);
                    else if (N == 16) BACKWARD(16, 1);
                    else BACKWARD(any, (int)s->one_rate);
#undef BACKWARD
                }
                for (int64_t t = 0; t < length; t++) {
                    int64_t cell = (((part * s->B + b) * s->T + from + t) * s->G + g) * N;
                    for (int64_t n = 0; n < N; n++) {
                        a->grad_inputs[cell + n] = sum_of(input_sums[t * N + n]);
                        a->grad_outputs[cell + n] = sum_of(output_sums[t * N + n]);
                    }
                }
            }
        }
        free_scratch(B);
        free_scratch(room);
        free_scratch(sums);
    }
}

/* Gradients: u, delta, z (NULL where there is no z) [B][T][E]; inputs and outputs [parts][B][T][G][N] floats, and rates
   [B][N or 1][E], skip and bias [B][E] floats, all to be added up by the caller; initial [B][N][E]. */
EXPORT void NAME(scan_backward)(int64_t B, int64_t T, int64_t E, int64_t G, int64_t N, int64_t blocks, int64_t one_rate, int64_t has_softplus,
                                int64_t u_stride, int64_t delta_stride, int64_t z_stride, int64_t input_stride, int64_t output_stride,
                                const int64_t *block_start, const int64_t *block_group, const float *rates, OPTIONAL const float *skip,
                                OPTIONAL const float *bias, OPTIONAL const uint8_t *starts, const ELEMENT *u, const ELEMENT *delta,
                                OPTIONAL const ELEMENT *z, const ELEMENT *inputs, const ELEMENT *outputs, const float *kept, const ELEMENT *grad_y,
                                const float *grad_last, ELEMENT *grad_u, ELEMENT *grad_delta, OPTIONAL ELEMENT *grad_z, float *grad_inputs,
                                float *grad_outputs, float *grad_rates, float *grad_skip, float *grad_bias, float *grad_initial, int64_t parts) {
    const scan_sizes sizes = {B, T, E, G, N, blocks, one_rate, has_softplus, block_start, block_group, rates, skip, bias, starts,
                              u_stride, delta_stride, z_stride, input_stride, output_stride};
    const struct NAME(scan_gradients) all = {sizes, parts, u, delta, z, inputs, outputs, grad_y, kept, grad_last, grad_u, grad_delta, grad_z,
                                             grad_inputs, grad_outputs, grad_rates, grad_skip, grad_bias, grad_initial};
    parallel_for(B * parts, 1, NAME(scan_tasks_backward), &all);
}
