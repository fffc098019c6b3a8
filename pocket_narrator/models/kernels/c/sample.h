/* One token a row from its logits: temperature, top-k, top-p, min-p, draw, in this order, as sampling.py has them in torch. Rows
   are independent, and each has options of its own. */

typedef struct {
    float weight;
    int32_t token;
} candidate;

static int more_likely_first(const void *left, const void *right) {
    const candidate *a = left, *b = right;
    if (a->weight != b->weight) return a->weight > b->weight ? -1 : 1;
    return a->token - b->token;
}

/* The k-th largest of x, which is put in another order (Hoare's selection). */
static float kth_largest(float *x, int64_t length, int64_t k) {
    int64_t low = 0, high = length - 1;
    while (low < high) {
        float pivot = x[(low + high) / 2];
        int64_t i = low, j = high;
        while (i <= j) {
            while (x[i] > pivot) i++;
            while (x[j] < pivot) j--;
            if (i <= j) {
                float other = x[i];
                x[i++] = x[j];
                x[j--] = other;
            }
        }
        if (k - 1 <= j) high = j;
        else if (k - 1 >= i) low = i;
        else break;
    }
    return x[k - 1];
}

/* Zeroes all but the fewest of the largest weights that are p of their total together. */
static void keep_nucleus(float *weights, int64_t V, double p, candidate *room) {
    double total = 0, above = 0;
    for (int64_t i = 0; i < V; i++) total += weights[i];
    float cut = 1;
    int64_t count = 0;
    do { /* those above a cut are few: only they are sorted */
        cut = cut > 1e-6f ? cut / 16 : 0;
        above = count = 0;
        for (int64_t i = 0; i < V; i++)
            if (weights[i] > cut) {
                above += weights[i];
                room[count++] = (candidate){weights[i], (int32_t)i};
            }
    } while (above < p * total && cut > 0);
    qsort(room, count, sizeof(candidate), more_likely_first);
    double before = 0;
    int64_t kept = 0;
    while (kept < count && before < p * total) before += room[kept++].weight;
    memset(weights, 0, sizeof(float) * V);
    for (int64_t i = 0; i < kept; i++) weights[room[i].token] = room[i].weight;
}

struct sampling {
    const float *logits;
    int64_t stride, V;
    const double *temperatures;
    const int64_t *top_k;
    const double *top_p, *min_p, *uniforms;
    int64_t *tokens;
};

static void sample_rows(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct sampling *a = context;
    const int64_t V = a->V, *top_k = a->top_k;
    const double *temperatures = a->temperatures, *top_p = a->top_p, *min_p = a->min_p, *uniforms = a->uniforms;
    int64_t *tokens = a->tokens;
    (void)thread;
    for (int64_t r = begin; r < end; r++) {
        const float *x = a->logits + r * a->stride;
        float top = -INFINITY;
        int64_t best = 0;
        int strange = 0;
        vec tops = splat(-INFINITY);
        veci not_numbers = {0};
        int64_t whole = V / LANES * LANES;
        for (int64_t i = 0; i < whole; i += LANES) {
            vec here = load(x + i);
            tops = max_vec(tops, here);
            not_numbers |= here != here;
        }
        for (int64_t i = 0; i < LANES; i++) strange |= not_numbers[i] != 0;
        for (int64_t i = whole; i < V; i++) {
            strange |= x[i] != x[i];
            if (x[i] > top) top = x[i];
        }
        if (max_of(tops) > top) top = max_of(tops);
        if (strange || !(top > -INFINITY && top < INFINITY)) {
            tokens[r] = -1;
            continue;
        }
        if (temperatures[r] == 0) {
            while (x[best] != top) best++;
            tokens[r] = best;
            continue;
        }
        float *weights = scratch((sizeof(float) + sizeof(candidate)) * (V + LANES)), inverse = (float)(1 / temperatures[r]);
        candidate *room = (candidate *)(weights + V + LANES);
        float lowest = -INFINITY;
        if (top_k[r] > 0 && top_k[r] < V) {
            memcpy(weights, x, sizeof(float) * V);
            lowest = kth_largest(weights, V, top_k[r]);
        }
        for (int64_t i = 0; i < V; i += LANES) {
            int left = V - i < LANES ? (int)(V - i) : LANES;
            vec here = load_some(x + i, left), weight = exp_vec((here - top) * inverse);
            store(weights + i, select_vec((here >= splat(lowest)) & (LANE_INDEX < left), weight, (vec){0}));
        }
        if (top_p[r] < 1) keep_nucleus(weights, V, top_p[r], room);
        double total = 0, sum = 0;
        for (int64_t i = 0; i < V; i += LANES) { /* lanes past V are zero */
            vec here = load(weights + i);
            if (min_p[r] > 0) store(weights + i, here = select_vec(here >= splat((float)min_p[r]), here, (vec){0}));
            total += sum_of(here);
        }
        double point = uniforms[r] * total;
        int64_t i = 0;
        for (; i + LANES < V; i += LANES) {
            double next = sum + sum_of(load(weights + i));
            if (next > point) break;
            sum = next;
        }
        tokens[r] = -1;
        for (; i < V; i++) {
            if (weights[i] == 0) continue;
            tokens[r] = i;
            sum += weights[i];
            if (sum > point) break;
        }
        if (tokens[r] < 0) /* rounding at the very end: the last one that may be said */
            for (i = 0; i < V; i++)
                if (weights[i] > 0) tokens[r] = i;
        free_scratch(weights);
    }
}

/* logits [rows][stride], V of them. temperatures: 0 takes the most likely token. top_k: 0 for none. top_p: 1 for none. min_p: 0 for
   none. uniforms in [0, 1). A token is -1 where a logit of the row is not a number. */
EXPORT void sample(const float *logits, int64_t rows, int64_t stride, int64_t V, const double *temperatures, const int64_t *top_k,
                   const double *top_p, const double *min_p, const double *uniforms, int64_t *tokens) {
    const struct sampling all = {logits, stride, V, temperatures, top_k, top_p, min_p, uniforms, tokens};
    parallel_for(rows, 1, sample_rows, &all);
}
