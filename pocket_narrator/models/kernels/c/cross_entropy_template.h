/* Softmax cross-entropy over rows of logits, in place. Included once for each element type (NAME, ELEMENT, LOAD16,
   STORE16 and TO_FLOAT set by native.c). */

struct NAME(cross_entropy) {
    ELEMENT *logits;
    const int64_t *targets;
    float *losses;
    int64_t V, stride;
    float scale;
};

static void NAME(cross_entropy_of_rows)(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct NAME(cross_entropy) *a = context;
    const int64_t V = a->V, stride = a->stride, whole = V / LANES * LANES, *targets = a->targets;
    const float scale = a->scale;
    float *losses = a->losses, *row = scratch(sizeof(float) * (V + LANES));
    (void)thread;
    for (int64_t n = begin; n < end; n++) {
        ELEMENT *x = a->logits + n * stride;
        if (targets[n] < 0) {
            losses[n] = 0;
            if (scale != 0) memset(x, 0, sizeof(ELEMENT) * stride);
            continue;
        }
        float target = TO_FLOAT(x[targets[n]]);
        vec largest = splat(-INFINITY), total = {0};
        for (int64_t v = 0; v < whole; v += LANES) {
            vec y = LOAD16(x + v);
            store(row + v, y);
            largest = max_vec(largest, y);
        }
        for (int64_t v = whole; v < whole + LANES; v++) row[v] = v < V ? TO_FLOAT(x[v]) : -INFINITY;
        largest = max_vec(largest, load(row + whole));
        float top = max_of(largest);
        for (int64_t v = 0; v <= whole; v += LANES) {
            vec y = exp_vec(load(row + v) - top);
            store(row + v, y);
            total += y;
        }
        float sum = sum_of(total);
        losses[n] = top + logf(sum) - target;
        if (scale == 0) continue;
        float factor = scale / sum;
        row[targets[n]] -= sum;
        for (int64_t v = 0; v < whole; v += LANES) STORE16(x + v, load(row + v) * factor);
        for (int64_t v = whole; v < stride; v++) x[v] = FROM_FLOAT(v < V ? row[v] * factor : 0.0f);
    }
    free_scratch(row);
}

/* logits: [N][stride], of which the first V columns are the vocabulary and the rest padding; replaced by scale * (softmax - one hot) where
   scale is not 0; a row whose target is negative gets zeros and loss 0. losses: [N] = log-sum-exp - logit of the target. */
EXPORT void NAME(cross_entropy)(ELEMENT *logits, const int64_t *targets, float *losses, int64_t N, int64_t V, int64_t stride, float scale) {
    const struct NAME(cross_entropy) all = {logits, targets, losses, V, stride, scale};
    parallel_for(N, 8, NAME(cross_entropy_of_rows), &all);
}
