/* Attention of each row over the keys and values that its slot remembers: a ring of W tokens, written in place.
   Keys lie in tiles of 16 tokens, [Wp / 16][cells][16], so that 16 scores are one vector; a cell is one float, or a pair of bf16.
   Values lie token by token, [Wp][Dp]. Wp: W rounded up to 64; Dp: D rounded up to 16. One (story, key-value head) is one task. */

#define SPAN (4 * LANES) /* tokens whose scores are computed together */
#define CHAINS 4         /* sums over tokens that go on side by side */

typedef struct {
    int64_t H, G, D, Dp, W, Wp, cells;
    int pairs, normalise;
    const float *cosine, *sine;
} heads;

/* A query or key: normed to unit root mean square if asked, times gain, then rotated: the pairs (d, d + D/2) turn by the angles
   of the tables (Su et al. 2021, eq. 34). */
static void ready_head(const heads *a, const float *in, int64_t position, float gain, float *out) {
    int64_t D = a->D, half = D / 2;
    if (a->normalise) {
        float squares = 0;
        for (int64_t d = 0; d < D; d++) squares += in[d] * in[d];
        gain /= sqrtf(squares / D + 1e-6f);
    }
    for (int64_t d = D; d < a->Dp; d++) out[d] = 0;
    if (!a->cosine) {
        for (int64_t d = 0; d < D; d++) out[d] = in[d] * gain;
        return;
    }
    const float *cosine = a->cosine + position * half, *sine = a->sine + position * half;
    for (int64_t d = 0; d < half; d++) {
        float x = in[d] * gain, y = in[half + d] * gain;
        out[d] = x * cosine[d] - y * sine[d];
        out[half + d] = y * cosine[d] + x * sine[d];
    }
}

static void remember(const heads *a, int64_t index, const float *key, const float *value, char *keys, char *values) {
    int64_t tile = index / LANES * a->cells, lane = index % LANES;
    for (int64_t c = 0; c < a->cells; c++) {
        uint32_t cell;
        if (a->pairs) cell = float_to_bf16(key[2 * c]) | (uint32_t)float_to_bf16(key[2 * c + 1]) << 16;
        else memcpy(&cell, key + c, 4);
        ((uint32_t *)keys)[(tile + c) * LANES + lane] = cell;
    }
    for (int64_t d = 0; d < a->Dp; d += LANES) {
        if (a->pairs) store_bf16((uint16_t *)values + index * a->Dp + d, load(value + d));
        else store((float *)values + index * a->Dp + d, load(value + d));
    }
}

/* The scores of all tokens against one query, SPAN at a time; returns the largest. */
INLINE float score(int form, int64_t cells, const uint32_t *query, const char *keys, int64_t count, float *scores) {
    vec top = splat(-INFINITY);
    for (int64_t j = 0; j < count; j += SPAN) {
        vec sums[4] = {{0}, {0}, {0}, {0}};
        const char *tile = keys + j * cells * 4;
        for (int64_t c = 0; c < cells; c++)
            for (int i = 0; i < 4; i++) sums[i] = add_cell(form, sums[i], query[c], tile + (i * cells + c) * 64);
        for (int i = 0; i < 4; i++) {
            int left = (int)(count - j) - i * LANES;
            sums[i] = select_vec(LANE_INDEX < left, sums[i], splat(-INFINITY));
            store(scores + j + i * LANES, sums[i]);
            top = max_vec(top, sums[i]);
        }
    }
    return max_of(top);
}

/* out = sum over tokens of weight x value, for two vectors of the head at most. */
INLINE void mix(int pairs, int width, int64_t Dp, const float *weights, const char *values, int64_t count, float inverse, float *out) {
    vec sums[CHAINS][2] = {{{0}}};
    const int64_t size = pairs ? 2 : 4;
    int64_t j = 0;
    for (; j + CHAINS <= count; j += CHAINS)
        for (int i = 0; i < CHAINS; i++)
            for (int d = 0; d < width; d++) {
                const char *value = values + ((j + i) * Dp + d * LANES) * size;
                sums[i][d] += splat(weights[j + i]) * (pairs ? load_bf16((const uint16_t *)value) : load((const float *)value));
            }
    for (; j < count; j++)
        for (int d = 0; d < width; d++) {
            const char *value = values + (j * Dp + d * LANES) * size;
            sums[0][d] += splat(weights[j]) * (pairs ? load_bf16((const uint16_t *)value) : load((const float *)value));
        }
    for (int d = 0; d < width; d++) store(out + d * LANES, ((sums[0][d] + sums[1][d]) + (sums[2][d] + sums[3][d])) * inverse);
}

static void attend_once(const heads *a, float *query, const char *keys, const char *values, int64_t count, float *scores, float *out) {
    uint32_t cells[MAX_HEAD_WIDTH];
    float mixed[MAX_HEAD_WIDTH], top;
    if (a->pairs) {
        for (int64_t c = 0; c < a->cells; c++) cells[c] = float_to_bf16(query[2 * c]) | (uint32_t)float_to_bf16(query[2 * c + 1]) << 16;
        top = score(PAIRS, a->cells, cells, keys, count, scores);
    } else {
        top = score(FLOATS, a->cells, (const uint32_t *)query, keys, count, scores);
    }
    vec total = {0};
    for (int64_t j = 0; j < count; j += LANES) {
        vec weight = exp_vec(load(scores + j) - top);
        store(scores + j, weight);
        total += weight;
    }
    float inverse = 1.0f / sum_of(total);
    int64_t d = 0, size = a->pairs ? 2 : 4;
    for (; d + 2 * LANES <= a->Dp; d += 2 * LANES) {
        if (a->pairs) mix(1, 2, a->Dp, scores, values + d * size, count, inverse, mixed + d);
        else mix(0, 2, a->Dp, scores, values + d * size, count, inverse, mixed + d);
    }
    if (d < a->Dp) {
        if (a->pairs) mix(1, 1, a->Dp, scores, values + d * size, count, inverse, mixed + d);
        else mix(0, 1, a->Dp, scores, values + d * size, count, inverse, mixed + d);
    }
    memcpy(out, mixed, sizeof(float) * a->D);
}

/* Asks for what a task will read, while the one before it computes: each reads a few thousand bytes from a place of its own, which
   is too short for the processor to foresee. bytes: of keys and of values. */
static void foresee(const char *keys, const char *values, int64_t bytes) {
    for (int64_t i = 0; i < bytes; i += 64) {
        __builtin_prefetch(keys + i, 0, 2);
        __builtin_prefetch(values + i, 0, 2);
    }
}

static int64_t attend_room(const attend_operation *o) {
    return !o->cosine != !o->sine ? LACKING : (o->window + SPAN - 1) / SPAN * SPAN;
}

static int64_t attend_tasks(const attend_operation *o, const decode_step *s) { return s->runs * o->key_value_heads; }

static void attend(const attend_operation *o, const decode_step *s, float *own, float *all, int64_t begin, int64_t end) {
    (void)all;
    int64_t D = o->width, W = o->window;
    heads a = {.H = o->heads, .G = o->key_value_heads, .D = D, .Dp = whole_vectors(D), .W = W, .Wp = (W + SPAN - 1) / SPAN * SPAN,
               .pairs = (int)o->has_pairs, .normalise = (int)o->has_norm, .cosine = o->cosine, .sine = o->sine};
    a.cells = a.pairs ? (D + 1) / 2 : D;
    const float *added = o->added;
    int64_t key_bytes = a.Wp * a.cells * 4, value_bytes = a.Wp * a.Dp * (a.pairs ? 2 : 4), tasks = s->runs * a.G;
    for (int64_t task = begin; task < end; task++) {
        int64_t run = task / a.G, g = task % a.G, place = s->slots[run] * a.G + g;
        char *keys = (char *)o->keys + place * key_bytes, *values = (char *)o->values + place * value_bytes;
        if (task + 1 < tasks) {
            int64_t next = (task + 1) / a.G, there = s->slots[next] * a.G + (task + 1) % a.G, last = s->positions[s->first[next]];
            foresee((char *)o->keys + there * key_bytes, (char *)o->values + there * value_bytes, (last < W ? last : W) * value_bytes / a.Wp);
        }
        for (int64_t r = s->first[run]; r < s->first[run + 1]; r++) {
            const float *in = row_of(o->qkv, r);
            int64_t position = s->positions[r], count = position + 1 < W ? position + 1 : W;
            float head[MAX_HEAD_WIDTH + LANES], value[MAX_HEAD_WIDTH + LANES];
            ready_head(&a, in + (a.H + g) * D, position, 1, head);
            for (int64_t d = 0; d < a.Dp; d++) value[d] = d < D ? in[(a.H + a.G + g) * D + d] : 0;
            if (added)
                for (int64_t d = 0; d < D; d++) value[d] += added[(s->tokens[r] * a.G + g) * D + d];
            remember(&a, position % W, head, value, keys, values);
            for (int64_t h = g * (a.H / a.G); h < (g + 1) * (a.H / a.G); h++) {
                ready_head(&a, in + h * D, position, (float)o->scale, head);
                attend_once(&a, head, keys, values, count, own, row_of(o->output, r) + h * D);
            }
        }
    }
}
