/* Rows times a weight matrix, with what comes before (a norm) and after (bias, activation, residual sum) in the same pass.
   Weights lie in groups of 64 outputs, inside a group input by input: [groups][cells][64]. A cell is what one 4-byte unit of the
   input takes: one float, a pair of bf16, or four int8. Integer inputs have 16 bits: a row is two lines of cells, the lower bytes
   and the higher ones, and so it is two sums. Every output is summed over the cells in an order that does not depend on the
   number of rows; sums of integers are exact. WebAssembly has no product of bytes, but one of pairs of 16 bits: there a cell of
   integers is two whole inputs, and a row one line. */

#define WIDE 4              /* vectors in a group */
#define GROUP (WIDE * LANES)
#ifdef __wasm_simd128__
#define TOGETHER 2          /* lines that share a read of the weights in vector registers */
#define HELD 2              /* vectors of a group that are summed at once: there are 16 registers of 4 lanes */
#define BYTES_IN_CELL 2
#define BYTE_LINES 1        /* lines of an integer row */
#else
#define TOGETHER 4
#define HELD WIDE
#define BYTES_IN_CELL 4
#define BYTE_LINES 2
#endif
#define ROW_BLOCK 32        /* rows of a task, and lines that share a read of the weights in tiles */
#define PIECE_BYTES (160 << 10)

/* Cells are made a multiple of 16 where they hold several inputs: whole tiles. */
INLINE int64_t cells_of(int form, int64_t K) {
    int64_t in_cells = form == PAIRS ? 2 * LANES : BYTES_IN_CELL * LANES;
    return form == FLOATS ? K : (K + in_cells - 1) / in_cells * LANES;
}

/* Bytes of one output's weights for one cell. */
INLINE int64_t weight_bytes(int form) { return form == BYTES ? BYTES_IN_CELL : 4; }

/* sum + input cell x weights, for 16 outputs. */
INLINE vec add_cell(int form, vec sum, uint32_t cell, const char *weights) {
    if (form == FLOATS) {
        float x;
        memcpy(&x, &cell, 4);
        return sum + splat(x) * load((const float *)weights);
    }
    if (form == PAIRS) {
#ifdef MULTIPLIES_PAIRS
        return add_pairs(sum, cell, *(const vecu *)weights);
#else
        vecu pair = *(const vecu *)weights;
        sum += splat(bf16_to_float((uint16_t)cell)) * (vec)(pair << 16);
        return sum + splat(bf16_to_float((uint16_t)(cell >> 16))) * (vec)(pair & 0xffff0000u);
#endif
    }
#ifdef __AVX512VNNI__
    return (vec)_mm512_dpbusd_epi32((__m512i)sum, _mm512_set1_epi32((int)cell), (__m512i)*(const vecu *)weights);
#elif defined(__ARM_FEATURE_DOTPROD)
    int32x4_t part[4];
    memcpy(part, &sum, sizeof part);
    uint8x16_t inputs = vreinterpretq_u8_u32(vdupq_n_u32(cell));
    for (int i = 0; i < 4; i++) {
#ifdef __ARM_FEATURE_MATMUL_INT8
        part[i] = vusdotq_s32(part[i], inputs, vld1q_s8((const int8_t *)weights + 16 * i));
#else /* unsigned times unsigned: weights are 128 too large, and what that adds is taken away */
        uint8x16_t raised = veorq_u8(vld1q_u8((const uint8_t *)weights + 16 * i), vdupq_n_u8(0x80));
        uint32_t more = 128 * ((cell & 255) + (cell >> 8 & 255) + (cell >> 16 & 255) + (cell >> 24));
        uint32x4_t total = vdotq_u32(vreinterpretq_u32_s32(part[i]), inputs, raised);
        part[i] = vreinterpretq_s32_u32(vsubq_u32(total, vdupq_n_u32(more)));
#endif
    }
    memcpy(&sum, part, sizeof sum);
    return sum;
#else
    veci four = *(const veci *)weights, total = (veci)sum;
    for (int i = 0; i < 4; i++) total += (int32_t)(cell >> 8 * i & 255) * ((four << (24 - 8 * i)) >> 24);
    return (vec)total;
#endif
}

/* The sums of R lines for one group. */
INLINE void sum_group(int form, int R, const uint32_t *cells, int64_t count, const char *weights, vec sums[][WIDE]) {
    for (int first = 0; first < WIDE; first += HELD) {
        const char *here = weights + 4 * LANES * first;
        vec s[TOGETHER][HELD];
        for (int r = 0; r < R; r++)
            for (int j = 0; j < HELD; j++) s[r][j] = (vec){0};
        for (int64_t c = 0; c < count; c++, here += 4 * GROUP)
            for (int r = 0; r < R; r++)
                for (int j = 0; j < HELD; j++) s[r][j] = add_cell(form, s[r][j], cells[r * count + c], here + 4 * LANES * j);
        for (int r = 0; r < R; r++)
            for (int j = 0; j < HELD; j++) sums[r][first + j] = s[r][j];
    }
}

#define SUM_GROUP(FORM)                                                                                              \
    static void sum_group_##FORM(int lines, const uint32_t *cells, int64_t count, const char *weights, vec sums[][WIDE]) { \
        switch (lines) {                                                                                             \
        case 1: sum_group(FORM, 1, cells, count, weights, sums); break;                                              \
        case 2: sum_group(FORM, 2, cells, count, weights, sums); break;                                              \
        case 3: sum_group(FORM, 3, cells, count, weights, sums); break;                                              \
        default: sum_group(FORM, 4, cells, count, weights, sums);                                                    \
        }                                                                                                            \
    }
SUM_GROUP(FLOATS)
SUM_GROUP(PAIRS)
#ifdef __wasm_simd128__
#include "decode_wasm.h"
#else
SUM_GROUP(BYTES)
#endif

#include "decode_tiles.h"

/* The row normed: blocks of `part` inputs, each by itself. */
static void norm_row(const product_operation *o, const float *x, float *out) {
    const float *gain = o->gain, *bias = o->shift;
    int64_t K = o->inputs, part = o->norm_width ? o->norm_width : K;
    for (int64_t begin = 0; begin < K; begin += part) {
        float mean = 0;
        if (o->norm == LAYER) {
            vec sum = {0};
            for (int64_t k = 0; k < part; k += LANES) sum += select_vec(LANE_INDEX < (int)(part - k), load(x + begin + k), (vec){0});
            mean = sum_of(sum) / part;
        }
        vec squares = {0};
        for (int64_t k = 0; k < part; k += LANES) {
            vec d = select_vec(LANE_INDEX < (int)(part - k), load(x + begin + k) - mean, (vec){0});
            squares += d * d;
        }
        float factor = 1.0f / sqrtf(sum_of(squares) / part + (float)o->epsilon);
        for (int64_t k = 0; k < part; k += LANES) {
            vec y = (load(x + begin + k) - mean) * factor * load(gain + begin + k);
            if (bias) y += load(bias + begin + k);
            store(out + begin + k, y); /* the lanes past a block are written again with the next one */
        }
    }
}

/* A row's inputs as cells; the scale of integers is returned. row: K floats and room for GROUP more, changed. */
static float to_cells(int form, float *row, int64_t K, uint32_t *cells) {
    for (int64_t k = K; k < K + GROUP; k++) row[k] = 0;
    int64_t count = cells_of(form, K);
    if (form == FLOATS) {
        memcpy(cells, row, 4 * K);
        return 1;
    }
    if (form == PAIRS) {
        for (int64_t k = 0; k < 2 * count; k += LANES) store_bf16((uint16_t *)cells + k, load(row + k));
        return 1;
    }
    /* 127 x limit x K stays below 2^31, so that the sum of the products is exact */
    int64_t limit = 2147483647 / (127 * K);
    if (limit > 32767) limit = 32767;
    vec top = {0};
    for (int64_t k = 0; k < K; k += LANES) top = max_vec(top, max_vec(load(row + k), -load(row + k)));
    float largest = max_of(top), scale = largest > 1e-30f ? largest / limit : 1, inverse = 1 / scale;
#if BYTE_LINES == 1
    for (int64_t k = 0; k < 2 * count; k++) ((int16_t *)cells)[k] = (int16_t)(row[k] * inverse + 12582912.0f - 12582912.0f);
    return scale;
#endif
    uint8_t *low = (uint8_t *)cells, *high = low + 4 * count;
    for (int64_t k = 0; k < 4 * count; k++) { /* 1.5 * 2^23 rounds to the nearest integer; 2^15 makes it positive */
        uint32_t x = (uint32_t)(int32_t)(row[k] * inverse + 12582912.0f - 12582912.0f + 32768.0f);
        low[k] = (uint8_t)x;
        high[k] = (uint8_t)(x >> 8);
    }
    return scale;
}

/* sums: of the row's line, or of its two. */
static void finish(const product_operation *o, const vec sums[][WIDE], float scale, int64_t row, int64_t group) {
    const float *scales = o->scales, *bias = o->bias;
    vec y[WIDE];
    for (int j = 0; j < WIDE; j++) {
        int64_t first = group * GROUP + j * LANES;
        y[j] = sums[0][j];
        if (o->form == BYTES) { /* inputs in two lines were 2^15 too large; what wraps around comes back */
            vecu total = (vecu)sums[0][j];
            if (BYTE_LINES == 2) total += ((vecu)sums[1][j] << 8) - (*(const vecu *)(o->totals + first) << 15);
            y[j] = __builtin_convertvector((veci)total, vec) * (load(scales + first) * scale);
        }
        if (bias) y[j] += load(bias + first);
    }
    float *out = row_of(o->output, row);
    if (o->activation == SWIGLU) { /* a group is 32 gates and their 32 values */
        for (int j = 0; j < WIDE / 2; j++) store(out + group * GROUP / 2 + j * LANES, y[j] * sigmoid_vec(y[j]) * y[j + WIDE / 2]);
        return;
    }
    out += group * GROUP;
    for (int j = 0; j < WIDE; j++) {
        vec positive = max_vec(y[j], (vec){0});
        if (o->activation == GELU) y[j] *= sigmoid_vec(gelu_argument(y[j]));
        else if (o->activation == SQUARED_RELU) y[j] = positive * positive;
        if (o->is_added) y[j] += load(out + j * LANES);
        store(out + j * LANES, y[j]);
    }
}

/* For cells and scales of all rows, and then one row. */
static int64_t product_room(const product_operation *o, int64_t rows) {
    int64_t lines = o->form == BYTES ? BYTE_LINES : 1;
    if ((o->norm != NO_NORM && !o->gain) || (o->form == BYTES && !(o->scales && (o->totals || BYTE_LINES == 1)))) return LACKING;
    return rows * (lines * cells_of(o->form, o->inputs) + 1) + o->inputs + GROUP;
}

INLINE int64_t product_rows(const product_operation *o, const decode_step *s) { return o->only_wanted ? s->wanted : s->rows; }

/* Inputs become cells, for all threads in the room of the first one. own, all: room of this thread, and of the first one. */
static void ready_rows(const product_operation *o, const decode_step *s, float *own, float *all, int64_t begin, int64_t end) {
    int64_t lines = o->form == BYTES ? BYTE_LINES : 1, K = o->inputs, rows = product_rows(o, s), count = cells_of(o->form, K);
    uint32_t *cells = (uint32_t *)all;
    float *scales = all + rows * lines * count, *row = own + rows * (lines * count + 1);
    for (int64_t r = begin; r < end; r++) {
        const float *x = row_of(o->input, o->only_wanted ? s->want[r] : r);
        if (o->norm == NO_NORM) memcpy(row, x, sizeof(float) * K);
        else norm_row(o, x, row);
        scales[r] = to_cells(o->form, row, K, cells + r * lines * count);
    }
}

static int64_t product_tasks(const product_operation *o, const decode_step *s) { return o->groups * ((product_rows(o, s) + ROW_BLOCK - 1) / ROW_BLOCK); }

/* Of so many groups that their weights, for each line that they are multiplied with, are PIECE_BYTES. */
static int64_t product_piece(const product_operation *o, const decode_step *s) {
    int64_t rows = product_rows(o, s), lines = (rows < ROW_BLOCK ? rows : ROW_BLOCK) * (o->form == BYTES ? BYTE_LINES : 1);
    return 1 + PIECE_BYTES / (4 * GROUP * cells_of(o->form, o->inputs) * lines + 1);
}

/* After ready_rows. */
static void product(const product_operation *o, const decode_step *s, float *own, float *all, int64_t from_task, int64_t to_task) {
    (void)own;
    int form = (int)o->form, lines = form == BYTES ? BYTE_LINES : 1, most = form != FLOATS && have_tiles() ? ROW_BLOCK : TOGETHER;
    int64_t rows = product_rows(o, s), count = cells_of(form, o->inputs), blocks = (rows + ROW_BLOCK - 1) / ROW_BLOCK, shaped = 0;
    const uint32_t *cells = (const uint32_t *)all;
    const float *scales = all + rows * lines * count;
    for (int64_t task = from_task; task < to_task; task++) {
        int64_t group = task / blocks, begin = task % blocks * ROW_BLOCK * lines;
        int64_t end = begin + ROW_BLOCK * lines < rows * lines ? begin + ROW_BLOCK * lines : rows * lines;
        const char *weights = (const char *)o->weights + group * count * weight_bytes(form) * GROUP;
        for (int64_t line = begin; line < end; line += most) {
            vec sums[ROW_BLOCK][WIDE];
            int here = end - line < most ? (int)(end - line) : most;
            const uint32_t *from = cells + line * count;
            if (most == ROW_BLOCK) {
                if (here != shaped) shape_tiles(shaped = here);
                if (form == PAIRS) sum_tiles_PAIRS(here, from, count, weights, sums);
                else sum_tiles_BYTES(here, from, count, weights, sums);
            } else if (form == FLOATS) sum_group_FLOATS(here, from, count, weights, sums);
            else if (form == PAIRS) sum_group_PAIRS(here, from, count, weights, sums);
            else sum_group_BYTES(here, from, count, weights, sums);
            for (int i = 0; i < here; i += lines) finish(o, sums + i, scales[(line + i) / lines], (line + i) / lines, group);
        }
    }
    if (shaped) release_tiles();
}
