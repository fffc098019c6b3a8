/* Causal softmax attention, forward and backward, for one element type. Included once for each type with
     NAME(x)   the function's name for this type
     ELEMENT   the type of the tensors in memory (uint16_t for bf16, float)
     TO_FLOAT, FROM_FLOAT   one element to and from float
   and, set by the processor (see native.c), CELL, VECTOR (16 cells), INNER (what a cell holds PAIR of), STORE(p, x)
   (16 floats to INNER), JOIN(x, y) (two rows to cells along the rows), MULTIPLY_ADD(acc, cell, VECTOR).
   Legend: T tokens, D head width, Dp the same rounded up to whole vectors; i query, j key. One (row, key-value head)
   is one task: its keys and values are laid out once, then each query head of the group is done block by block, so
   that a block's scores stay in the first-level cache and nothing of size T x T is ever written to memory. */

#define ROWS 8          /* queries in a block */
#define BLOCK_ROWS 32   /* queries in a backward block */
#define MAX_HEAD_WIDTH 256

/* acc[r][c] += sum over k of a[r][k] * b[k][c], a broadcast, b vectors of 16 columns. */
#define PRODUCT(R, C, acc, a, a_row, a_step, b, b_step, steps)                                                          \
    for (int64_t k_ = 0; k_ < (steps); k_++) {                                                                          \
        VECTOR b_[C];                                                                                                   \
        for (int c_ = 0; c_ < (C); c_++) b_[c_] = *(const VECTOR *)((b) + k_ * (b_step) + c_ * LANES);                  \
        for (int r_ = 0; r_ < (R); r_++) {                                                                              \
            for (int c_ = 0; c_ < (C); c_++) MULTIPLY_ADD(acc[r_][c_], (a)[r_ * (a_row) + k_ * (a_step)], b_[c_]);      \
        }                                                                                                               \
    }

/* What all tasks of a call share. The tables hold the cosines and sines of each token, zeros from D/2 up to Hp columns. */
typedef struct {
    int64_t T, Tp;
    int D, Dp, Hp, normalise;
    float scale;
    int64_t window;
    const int32_t *lower; /* first key that each query of this row may see, or NULL */
    const float *cosine, *sine;
} NAME(shape);

/* The head row of token t to Dp floats, zeros past D. Vectors may read on into the next tokens, which the last have not. */
INLINE void NAME(read_row)(const ELEMENT *in, const NAME(shape) *s, int64_t t, float *out) {
    ELEMENT edge[MAX_HEAD_WIDTH];
    if (s->D < s->Dp && t + LANES >= s->T) in = memcpy(edge, in, sizeof(ELEMENT) * s->D);
    for (int d = 0; d < s->Dp; d += LANES) store(out + d, select_vec(LANE_INDEX < s->D - d, LOAD16(in + d), (vec){0}));
}
INLINE void NAME(write_row)(const float *row, int D, ELEMENT *out) {
    int d = 0;
    for (; d + LANES <= D; d += LANES) STORE16(out + d, load(row + d));
    for (; d < D; d++) out[d] = FROM_FLOAT(row[d]);
}
/* A query or key of token t: normalised to unit root mean square if asked (QK norm), times gain, then rotated: the pairs
   (d, d + D/2) turn by the angles of the tables (Su et al. 2021, eq. 34). May write LANES floats past Dp. */
static void NAME(prepare_row)(const ELEMENT *in, const NAME(shape) *s, int64_t t, float gain, float *inverse_rms, float *out) {
    ELEMENT edge[MAX_HEAD_WIDTH + LANES];
    float factor = gain;
    int half = s->D / 2;
    if (t + 2 * LANES >= s->T) in = memcpy(edge, in, sizeof(ELEMENT) * s->D); /* see read_row */
    if (s->normalise) {
        vec squares = {0};
        for (int d = 0; d < s->Dp; d += LANES) {
            vec x = select_vec(LANE_INDEX < s->D - d, LOAD16(in + d), (vec){0});
            squares += x * x;
        }
        *inverse_rms = 1.0f / sqrtf(sum_of(squares) / s->D + 1e-6f);
        factor *= *inverse_rms;
    }
    if (!s->cosine) {
        for (int d = 0; d < s->Dp; d += LANES) store(out + d, select_vec(LANE_INDEX < s->D - d, LOAD16(in + d) * factor, (vec){0}));
        return;
    }
    for (int d = s->D; d < s->Dp; d++) out[d] = 0;
    for (int d = 0; d < half; d += LANES) { /* first halves first: the lanes past `half` are then overwritten */
        vec x = LOAD16(in + d) * factor, y = LOAD16(in + half + d) * factor;
        store(out + d, x * load(s->cosine + t * s->Hp + d) - y * load(s->sine + t * s->Hp + d));
    }
    for (int d = 0; d < half; d += LANES) {
        vec x = LOAD16(in + d) * factor, y = LOAD16(in + half + d) * factor, c = load(s->cosine + t * s->Hp + d);
        store(out + half + d, select_vec(LANE_INDEX < half - d, y * c + x * load(s->sine + t * s->Hp + d), (vec){0}));
    }
}

/* The gradient of prepare_row: from grad (of its output) to the gradient of its input, written as elements. */
static void NAME(prepare_row_backward)(float *grad, const ELEMENT *in, const NAME(shape) *s, int64_t t, float gain, float inverse_rms, ELEMENT *out) {
    float turned[MAX_HEAD_WIDTH + 2 * LANES];
    int half = s->D / 2;
    for (int d = 0; d < s->Dp; d += LANES) store(grad + d, load(grad + d) * gain);
    if (s->cosine) {
        for (int d = 0; d < half; d += LANES) {
            vec x = load(grad + d), y = load(grad + half + d);
            store(turned + d, x * load(s->cosine + t * s->Hp + d) + y * load(s->sine + t * s->Hp + d));
        }
        for (int d = 0; d < half; d += LANES) {
            vec x = load(grad + d), y = load(grad + half + d);
            store(turned + half + d, y * load(s->cosine + t * s->Hp + d) - x * load(s->sine + t * s->Hp + d));
        }
        grad = turned;
    }
    if (s->normalise) {
        float x[MAX_HEAD_WIDTH], pulled[MAX_HEAD_WIDTH];
        NAME(read_row)(in, s, t, x);
        vec dot = {0};
        for (int d = 0; d < s->Dp; d += LANES) dot += select_vec(LANE_INDEX < s->D - d, load(grad + d), (vec){0}) * load(x + d);
        float pull = sum_of(dot) * inverse_rms * inverse_rms / s->D;
        for (int d = 0; d < s->Dp; d += LANES) store(pulled + d, inverse_rms * (load(grad + d) - load(x + d) * pull));
        NAME(write_row)(pulled, s->D, out);
    } else {
        NAME(write_row)(grad, s->D, out);
    }
}

/* Rows of floats [T][Dp] to cells along d: [T][Dp / PAIR]. */
static void NAME(cells_along_width)(const float *rows, int64_t T, int Dp, CELL *out) {
    for (int64_t i = 0; i < T * Dp; i += LANES) STORE((INNER *)out + i, load(rows + i));
}
/* ... transposed: [Dp / PAIR][Tp]. */
static void NAME(cells_transposed)(const CELL *cells, int64_t T, int64_t Tp, int Dp, CELL *out) {
    int columns = Dp / PAIR;
    memset(out, 0, sizeof(CELL) * Tp * columns);
    for (int64_t i0 = 0; i0 < T; i0 += LANES)
        for (int c = 0; c < columns; c++)
            for (int64_t i = i0; i < T && i < i0 + LANES; i++) out[c * Tp + i] = cells[i * columns + c];
}
/* Rows of floats [T][Dp] to cells along the tokens: [Tp / PAIR][Dp]. */
static void NAME(cells_along_tokens)(const float *rows, int64_t T, int64_t Tp, int Dp, CELL *out) {
    memset(out, 0, sizeof(CELL) * (Tp / PAIR) * Dp);
    for (int64_t i = 0; i < T; i += PAIR)
        for (int d = 0; d < Dp; d += LANES)
            *(VECTOR *)(out + i / PAIR * Dp + d) = JOIN(load(rows + i * Dp + d), i + 1 < T ? load(rows + (i + 1) * Dp + d) : (vec){0});
}

INLINE int64_t NAME(first_key)(const NAME(shape) *s, int64_t i) {
    int64_t first = i - s->window + 1 > 0 ? i - s->window + 1 : 0;
    return s->lower && s->lower[i] > first ? s->lower[i] : first;
}

/* Scores of ROWS queries against the keys [j0, j1), unscaled: out[r][j]. */
INLINE void NAME(scores)(const CELL *a, const CELL *bT, const NAME(shape) *s, int64_t j0, int64_t j1, float *out) {
    int columns = s->Dp / PAIR;
    for (int64_t j = j0; j < j1; j += 2 * LANES) {
        vec acc[ROWS][2] = {{{0}}};
        PRODUCT(ROWS, 2, acc, a, columns, 1, bT + j, s->Tp, columns);
        for (int r = 0; r < ROWS; r++) {
            store(out + r * s->Tp + j, acc[r][0]);
            store(out + r * s->Tp + j + LANES, acc[r][1]);
        }
    }
}

/* out[R][Dp] += a[R][cells] b[cells][Dp] for R rows; NV = Dp / 16 vectors at most at a time. */
#define TIMES_ROWS_CASE(NV, R)                                                                                          \
    for (int r0 = 0; r0 < ROWS; r0 += (R)) {                                                                            \
        vec acc[R][NV];                                                                                                 \
        for (int r = 0; r < (R); r++)                                                                                   \
            for (int c = 0; c < (NV); c++) acc[r][c] = load(out + (r0 + r) * Dp + c * LANES + d0);                      \
        PRODUCT(R, NV, acc, a + r0 * a_row, a_row, a_step, b + d0, Dp, steps);                                          \
        for (int r = 0; r < (R); r++)                                                                                   \
            for (int c = 0; c < (NV); c++) store(out + (r0 + r) * Dp + c * LANES + d0, acc[r][c]);                      \
    }
static void NAME(times_rows)(const CELL *a, int64_t a_row, int64_t a_step, const CELL *b, int Dp, int64_t steps, float *out) {
    for (int d0 = 0; d0 < Dp;) {
        int vectors = (Dp - d0) / LANES;
        if (vectors >= 4) { TIMES_ROWS_CASE(4, 4) d0 += 4 * LANES; }
        else if (vectors == 3) { TIMES_ROWS_CASE(3, 8) d0 += 3 * LANES; }
        else if (vectors == 2) { TIMES_ROWS_CASE(2, 8) d0 += 2 * LANES; }
        else { TIMES_ROWS_CASE(1, 8) d0 += LANES; }
    }
}

/* One (row, key-value head) of the forward pass. */
static void NAME(forward_task)(const ELEMENT *q, const ELEMENT *k, const ELEMENT *v, ELEMENT *o, float *lse, int64_t stride,
                               int64_t o_stride, int group, const NAME(shape) *s) {
    int64_t T = s->T, Tp = s->Tp;
    int D = s->D, Dp = s->Dp;
    float unused, inverse[ROWS]; /* of the sums of the exponentials */
    float *rows = scratch(sizeof(float) * (Tp * Dp + 2 * LANES)), *block = scratch(sizeof(float) * ROWS * Tp);
    float *out = scratch(sizeof(float) * ROWS * Dp);
    CELL *cells = scratch(sizeof(CELL) * Tp * Dp), *kT = scratch(sizeof(CELL) * Tp * Dp), *vn = scratch(sizeof(CELL) * Tp * Dp);
    CELL *p = scratch(sizeof(CELL) * ROWS * Tp);
    for (int64_t j = 0; j < T; j++)
        NAME(prepare_row)(k + j * stride, s, j, 1.0f, &unused, rows + j * Dp);
    NAME(cells_along_width)(rows, T, Dp, cells);
    NAME(cells_transposed)(cells, T, Tp, Dp, kT);
    for (int64_t j = 0; j < T; j++) NAME(read_row)(v + j * stride, s, j, rows + j * Dp);
    NAME(cells_along_tokens)(rows, T, Tp, Dp, vn);
    for (int h = 0; h < group; h++, q += D, o += D, lse += T) {
        memset(rows, 0, sizeof(float) * Tp * Dp);
        for (int64_t i = 0; i < T; i++)
            NAME(prepare_row)(q + i * stride, s, i, s->scale, &unused, rows + i * Dp);
        NAME(cells_along_width)(rows, Tp, Dp, cells);
        for (int64_t i0 = 0; i0 < T; i0 += ROWS) {
            int64_t j0 = T, j1 = (i0 + ROWS + 2 * LANES - 1) / (2 * LANES) * (2 * LANES);
            for (int64_t i = i0; i < T && i < i0 + ROWS; i++) j0 = NAME(first_key)(s, i) < j0 ? NAME(first_key)(s, i) : j0;
            j0 = j0 / (2 * LANES) * (2 * LANES);
            NAME(scores)(cells + i0 * (Dp / PAIR), kT, s, j0, j1, block);
            for (int r = 0; r < ROWS; r++) {
                int64_t i = i0 + r < T ? i0 + r : T - 1;
                int32_t lo = (int32_t)NAME(first_key)(s, i), hi = (int32_t)i;
                float *score = block + r * Tp;
                vec largest = splat(-INFINITY), total = {0};
                for (int64_t j = j0; j < j1; j += LANES) {
                    veci index = LANE_INDEX + (int32_t)j;
                    vec x = select_vec((index >= lo) & (index <= hi), load(score + j), splat(-INFINITY));
                    store(score + j, x);
                    largest = max_vec(largest, x);
                }
                float top = max_of(largest);
                INNER *row = (INNER *)(p + r * (Tp / PAIR));
                for (int64_t j = j0; j < j1; j += LANES) {
                    vec x = exp_vec(load(score + j) - top);
                    STORE(row + j, x);
                    total += x;
                }
                float sum = sum_of(total);
                inverse[r] = 1.0f / sum;
                if (i0 + r < T) lse[i] = top + logf(sum);
            }
            memset(out, 0, sizeof(float) * ROWS * Dp);
            NAME(times_rows)(p + j0 / PAIR, Tp / PAIR, 1, vn + j0 / PAIR * Dp, Dp, (j1 - j0) / PAIR, out);
            for (int64_t i = i0; i < T && i < i0 + ROWS; i++) {
                float *row = out + (i - i0) * Dp;
                for (int d = 0; d < Dp; d += LANES) store(row + d, load(row + d) * inverse[i - i0]);
                NAME(write_row)(row, D, o + i * o_stride);
            }
        }
    }
    free_scratch(rows); free_scratch(block); free_scratch(out); free_scratch(cells); free_scratch(kT); free_scratch(vn); free_scratch(p);
}

/* One (row, key-value head) of the backward pass: probabilities are made again from the saved log-sum-exp
   (Dao et al. 2022, algorithm 4), a block of queries at a time. */
static void NAME(backward_task)(const ELEMENT *q, const ELEMENT *k, const ELEMENT *v, const ELEMENT *o, const ELEMENT *go, const float *lse,
                                ELEMENT *gq, ELEMENT *gk, ELEMENT *gv, int64_t stride, int64_t o_stride, int group, const NAME(shape) *s) {
    int64_t T = s->T, Tp = s->Tp;
    int D = s->D, Dp = s->Dp, columns = Dp / PAIR;
    float *rows = scratch(sizeof(float) * (Tp * Dp + 2 * LANES)), *score = scratch(sizeof(float) * ROWS * Tp), *gp = scratch(sizeof(float) * ROWS * Tp);
    float *dk = scratch(sizeof(float) * (Tp * Dp + 2 * LANES)), *dv = scratch(sizeof(float) * Tp * Dp), *dq = scratch(sizeof(float) * (ROWS * Dp + 2 * LANES));
    float *q_rms = scratch(sizeof(float) * Tp), *k_rms = scratch(sizeof(float) * Tp), *delta = scratch(sizeof(float) * Tp);
    CELL *kc = scratch(sizeof(CELL) * Tp * Dp), *kT = scratch(sizeof(CELL) * Tp * Dp), *vT = scratch(sizeof(CELL) * Tp * Dp), *kn = scratch(sizeof(CELL) * Tp * Dp);
    CELL *qc = scratch(sizeof(CELL) * Tp * Dp), *oc = scratch(sizeof(CELL) * Tp * Dp), *qn = scratch(sizeof(CELL) * Tp * Dp), *on = scratch(sizeof(CELL) * Tp * Dp);
    CELL *ds = scratch(sizeof(CELL) * ROWS * Tp);
    CELL *p_pairs = scratch(sizeof(CELL) * BLOCK_ROWS * Tp), *ds_pairs = scratch(sizeof(CELL) * BLOCK_ROWS * Tp);
    memset(dk, 0, sizeof(float) * Tp * Dp);
    memset(dv, 0, sizeof(float) * Tp * Dp);
    for (int64_t j = 0; j < T; j++)
        NAME(prepare_row)(k + j * stride, s, j, 1.0f, k_rms + j, rows + j * Dp);
    NAME(cells_along_width)(rows, T, Dp, kc);
    NAME(cells_transposed)(kc, T, Tp, Dp, kT);
    NAME(cells_along_tokens)(rows, T, Tp, Dp, kn);
    for (int64_t j = 0; j < T; j++) NAME(read_row)(v + j * stride, s, j, rows + j * Dp);
    NAME(cells_along_width)(rows, T, Dp, kc);
    NAME(cells_transposed)(kc, T, Tp, Dp, vT);
    for (int h = 0; h < group; h++, q += D, o += D, go += D, gq += D, lse += T) {
        memset(rows, 0, sizeof(float) * Tp * Dp);
        for (int64_t i = 0; i < T; i++)
            NAME(prepare_row)(q + i * stride, s, i, s->scale, q_rms + i, rows + i * Dp);
        NAME(cells_along_width)(rows, Tp, Dp, qc);
        NAME(cells_along_tokens)(rows, T, Tp, Dp, qn);
        for (int64_t i = 0; i < T; i++) {
            NAME(read_row)(go + i * o_stride, s, i, rows + i * Dp);
            float o_row[MAX_HEAD_WIDTH];
            NAME(read_row)(o + i * o_stride, s, i, o_row);
            vec dot = {0};
            for (int d = 0; d < Dp; d += LANES) dot += load(rows + i * Dp + d) * load(o_row + d);
            delta[i] = sum_of(dot);
        }
        NAME(cells_along_width)(rows, Tp, Dp, oc);
        NAME(cells_along_tokens)(rows, T, Tp, Dp, on);
        for (int64_t b0 = 0; b0 < T; b0 += BLOCK_ROWS) {
            int64_t j0 = T, j1 = b0 + BLOCK_ROWS;
            for (int64_t i = b0; i < T && i < b0 + BLOCK_ROWS; i++) j0 = NAME(first_key)(s, i) < j0 ? NAME(first_key)(s, i) : j0;
            j0 = j0 / (2 * LANES) * (2 * LANES);
            for (int64_t i0 = b0; i0 < b0 + BLOCK_ROWS; i0 += ROWS) {
                int64_t jr = i0 < T ? (i0 + ROWS + 2 * LANES - 1) / (2 * LANES) * (2 * LANES) : j0;
                if (i0 < T) {
                    NAME(scores)(qc + i0 * columns, kT, s, j0, jr, score);
                    NAME(scores)(oc + i0 * columns, vT, s, j0, jr, gp);
                }
                for (int r = 0; r < ROWS; r++) {
                    int64_t i = i0 + r;
                    int32_t lo = i < T ? (int32_t)NAME(first_key)(s, i) : 0, hi = i < T ? (int32_t)i : -1;
                    float shift = i < T ? lse[i] : 0, drop = i < T ? delta[i] : 0;
                    INNER *ds_row = (INNER *)(ds + r * (Tp / PAIR));
                    for (int64_t j = j0; j < jr; j += LANES) {
                        veci index = LANE_INDEX + (int32_t)j;
                        vec p = select_vec((index >= lo) & (index <= hi), exp_vec(load(score + r * Tp + j) - shift), (vec){0});
                        vec d = p * (load(gp + r * Tp + j) - drop);
                        store(score + r * Tp + j, p);
                        store(gp + r * Tp + j, d);
                        STORE(ds_row + j, d);
                    }
                }
                for (int r = 0; r < ROWS; r += PAIR) {
                    CELL *p_out = p_pairs + (i0 - b0 + r) / PAIR * Tp, *d_out = ds_pairs + (i0 - b0 + r) / PAIR * Tp;
                    for (int64_t j = j0; j < jr; j += LANES) {
                        *(VECTOR *)(p_out + j) = JOIN(load(score + r * Tp + j), load(score + (r + PAIR - 1) * Tp + j));
                        *(VECTOR *)(d_out + j) = JOIN(load(gp + r * Tp + j), load(gp + (r + PAIR - 1) * Tp + j));
                    }
                    for (int64_t j = jr; j < j1; j++) p_out[j] = d_out[j] = 0;
                }
                if (i0 >= T) continue;
                memset(dq, 0, sizeof(float) * ROWS * Dp);
                NAME(times_rows)(ds + j0 / PAIR, Tp / PAIR, 1, kn + j0 / PAIR * Dp, Dp, (jr - j0) / PAIR, dq);
                for (int64_t i = i0; i < T && i < i0 + ROWS; i++)
                    NAME(prepare_row_backward)(dq + (i - i0) * Dp, q + i * stride, s, i, s->scale, q_rms[i], gq + i * stride);
            }
            for (int64_t j = j0; j < j1; j += ROWS) {
                NAME(times_rows)(ds_pairs + j, 1, Tp, qn + b0 / PAIR * Dp, Dp, BLOCK_ROWS / PAIR, dk + j * Dp);
                NAME(times_rows)(p_pairs + j, 1, Tp, on + b0 / PAIR * Dp, Dp, BLOCK_ROWS / PAIR, dv + j * Dp);
            }
        }
    }
    for (int64_t j = 0; j < T; j++) {
        NAME(prepare_row_backward)(dk + j * Dp, k + j * stride, s, j, 1.0f, k_rms[j], gk + j * stride);
        NAME(write_row)(dv + j * Dp, D, gv + j * stride);
    }
    free_scratch(rows); free_scratch(score); free_scratch(gp); free_scratch(dk); free_scratch(dv); free_scratch(dq);
    free_scratch(q_rms); free_scratch(k_rms); free_scratch(delta); free_scratch(kc); free_scratch(kT); free_scratch(vT); free_scratch(kn);
    free_scratch(qc); free_scratch(oc); free_scratch(qn); free_scratch(on); free_scratch(ds); free_scratch(p_pairs); free_scratch(ds_pairs);
}

static NAME(shape) NAME(make_shape)(int64_t T, int64_t D, int64_t window, float scale, int64_t normalise, const float *cosine, const float *sine) {
    int half = (int)D / 2, Hp = (half + LANES - 1) / LANES * LANES;
    NAME(shape) s = {T, (T + 31) / 32 * 32, (int)D, (int)(D + 15) / 16 * 16, Hp, (int)normalise, scale, window, NULL, NULL, NULL};
    if (!cosine) return s;
    float *tables = scratch(2 * sizeof(float) * T * Hp);
    memset(tables, 0, 2 * sizeof(float) * T * Hp);
    for (int64_t t = 0; t < T; t++) {
        memcpy(tables + t * Hp, cosine + t * half, sizeof(float) * half);
        memcpy(tables + (T + t) * Hp, sine + t * half, sizeof(float) * half);
    }
    s.cosine = tables;
    s.sine = tables + T * Hp;
    return s;
}

struct NAME(attention) {
    NAME(shape) shape; /* without the rows' own first keys */
    int64_t H, G;
    const ELEMENT *qkv, *out_before, *grad_out;
    ELEMENT *out, *grad_qkv;
    const float *log_sum_exp_before;
    float *log_sum_exp;
    const int32_t *lower;
};

/* A task is a row and a key-value head, with its query heads. */
static void NAME(attend_tasks)(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct NAME(attention) *a = context;
    const int64_t T = a->shape.T, D = a->shape.D, H = a->H, G = a->G, stride = (H + 2 * G) * D;
    (void)thread;
    for (int64_t task = begin; task < end; task++) {
        int64_t b = task / G, g = task % G, h = g * (H / G);
        NAME(shape) s = a->shape;
        s.lower = a->lower ? a->lower + b * T : NULL;
        const ELEMENT *row = a->qkv + b * T * stride;
        NAME(forward_task)(row + h * D, row + (H + g) * D, row + (H + G + g) * D, a->out + b * T * H * D + h * D, a->log_sum_exp + (b * H + h) * T,
                           stride, H * D, (int)(H / G), &s);
    }
}

static void NAME(attend_tasks_backward)(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct NAME(attention) *a = context;
    const int64_t T = a->shape.T, D = a->shape.D, H = a->H, G = a->G, stride = (H + 2 * G) * D, o_stride = H * D;
    (void)thread;
    for (int64_t task = begin; task < end; task++) {
        int64_t b = task / G, g = task % G, h = g * (H / G), at = b * T * o_stride + h * D;
        NAME(shape) s = a->shape;
        s.lower = a->lower ? a->lower + b * T : NULL;
        const ELEMENT *row = a->qkv + b * T * stride;
        ELEMENT *grad = a->grad_qkv + b * T * stride;
        NAME(backward_task)(row + h * D, row + (H + g) * D, row + (H + G + g) * D, a->out_before + at, a->grad_out + at,
                            a->log_sum_exp_before + (b * H + h) * T, grad + h * D, grad + (H + g) * D, grad + (H + G + g) * D, stride, o_stride,
                            (int)(H / G), &s);
    }
}

/* qkv: [B][T][(H + 2 G) D], H query heads, then G key heads, then G value heads. out: [B][T][H D]. log_sum_exp: of the scores, [B][H][T]. */
EXPORT void NAME(attention_forward)(const ELEMENT *qkv, ELEMENT *out, float *log_sum_exp, OPTIONAL const int32_t *lower,
                                    OPTIONAL const float *cosine, OPTIONAL const float *sine, int64_t B, int64_t T, int64_t H, int64_t G, int64_t D, int64_t window, float scale,
                                    int64_t normalise) {
    const struct NAME(attention) all = {.shape = NAME(make_shape)(T, D, window, scale, normalise, cosine, sine), .H = H, .G = G, .qkv = qkv,
                                        .out = out, .log_sum_exp = log_sum_exp, .lower = lower};
    parallel_for(B * G, 1, NAME(attend_tasks), &all);
    free_scratch((void *)all.shape.cosine);
}

EXPORT void NAME(attention_backward)(const ELEMENT *qkv, const ELEMENT *out, const ELEMENT *grad_out, const float *log_sum_exp, ELEMENT *grad_qkv,
                                     OPTIONAL const int32_t *lower, OPTIONAL const float *cosine, OPTIONAL const float *sine,
                                     int64_t B, int64_t T, int64_t H, int64_t G, int64_t D, int64_t window, float scale, int64_t normalise) {
    const struct NAME(attention) all = {.shape = NAME(make_shape)(T, D, window, scale, normalise, cosine, sine), .H = H, .G = G, .qkv = qkv,
                                        .out_before = out, .grad_out = grad_out, .grad_qkv = grad_qkv, .log_sum_exp_before = log_sum_exp,
                                        .lower = lower};
    parallel_for(B * G, 1, NAME(attend_tasks_backward), &all);
    free_scratch((void *)all.shape.cosine);
}
