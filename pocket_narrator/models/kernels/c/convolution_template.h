/* The short causal convolution of every channel with itself, and SiLU. Included once for each element type.

     y[t] = silu(bias + sum over k < K of w[k] x[t - k])

   Nothing is read from before a story start. What lies before the first token is in `before` [B][K - 1][E], oldest
   first, or zeros. Legend: B rows, T tokens, E channels, K tokens seen. */
#ifndef MAX_TAPS
#define MAX_TAPS 16
#endif

struct NAME(convolution) {
    int64_t T, E, K, stride;
    const ELEMENT *x, *before, *grad_y;
    const float *weight, *bias;
    const uint8_t *starts;
    ELEMENT *y, *grad_x, *grad_before;
    float *grad_weight, *grad_bias;
};

/* A task is a row and a block of channels. */
static void NAME(convolve_blocks)(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct NAME(convolution) *a = context;
    const int64_t T = a->T, E = a->E, K = a->K, stride = a->stride, blocks = (E + LANES - 1) / LANES;
    const ELEMENT *x = a->x, *before = a->before;
    const float *weight = a->weight, *bias = a->bias;
    const uint8_t *starts = a->starts;
    ELEMENT *y = a->y;
    (void)thread;
    for (int64_t task = begin; task < end; task++) {
        int64_t b = task / blocks, e = task % blocks * LANES;
        int count = E - e < LANES ? (int)(E - e) : LANES;
        vec taps[MAX_TAPS], seen[MAX_TAPS]; /* seen[j]: x[t - j] */
        vec shift = bias ? load_some(bias + e, count) : (vec){0};
        for (int64_t j = 0; j < K; j++) {
            taps[j] = load_some(weight + j * E + e, count);
            seen[j] = before && j < K - 1 ? NAME(load_lanes)(before + (b * (K - 1) + K - 2 - j) * E + e, count) : (vec){0};
        }
        for (int64_t t = 0; t < T; t++) {
            int forget = starts && starts[b * T + t];
            vec sum = shift;
            for (int64_t j = K - 1; j > 0; j--) {
                seen[j] = forget ? (vec){0} : seen[j - 1];
                sum += taps[j] * seen[j];
            }
            seen[0] = NAME(load_lanes)(x + (b * T + t) * stride + e, count);
            sum += taps[0] * seen[0];
            NAME(store_lanes)(y + (b * T + t) * E + e, sum * sigmoid_vec(sum), count);
        }
    }
}

/* stride: elements from one token of x to the next. weight: [K][E], the newest token's first. y: [B][T][E]. */
EXPORT void NAME(convolution_forward)(int64_t B, int64_t T, int64_t E, int64_t K, int64_t stride, const ELEMENT *x, const float *weight,
                                      OPTIONAL const float *bias, OPTIONAL const uint8_t *starts, OPTIONAL const ELEMENT *before, ELEMENT *y) {
    const struct NAME(convolution) all = {.T = T, .E = E, .K = K, .stride = stride, .x = x, .before = before, .weight = weight, .bias = bias,
                                          .starts = starts, .y = y};
    int64_t tasks = B * ((E + LANES - 1) / LANES);
    parallel_for(tasks, B * T > 8 ? 1 : tasks, NAME(convolve_blocks), &all);
}

static void NAME(convolve_blocks_backward)(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct NAME(convolution) *a = context;
    const int64_t T = a->T, E = a->E, K = a->K, stride = a->stride, blocks = (E + LANES - 1) / LANES;
    const ELEMENT *x = a->x, *before = a->before, *grad_y = a->grad_y;
    const float *weight = a->weight, *bias = a->bias;
    const uint8_t *starts = a->starts;
    ELEMENT *grad_x = a->grad_x, *grad_before = a->grad_before;
    float *grad_weight = a->grad_weight, *grad_bias = a->grad_bias;
    (void)thread;
    for (int64_t task = begin; task < end; task++) {
        int64_t b = task / blocks, e = task % blocks * LANES;
        int count = E - e < LANES ? (int)(E - e) : LANES;
        vec taps[MAX_TAPS], seen[MAX_TAPS], sums[MAX_TAPS], waiting[MAX_TAPS]; /* waiting[j]: gradient of x[t - j] so far */
        vec shift = bias ? load_some(bias + e, count) : (vec){0}, shifts = {0};
        for (int64_t j = 0; j < K; j++) {
            taps[j] = load_some(weight + j * E + e, count);
            seen[j] = before && j < K - 1 ? NAME(load_lanes)(before + (b * (K - 1) + K - 2 - j) * E + e, count) : (vec){0};
            sums[j] = waiting[j] = (vec){0};
        }
        for (int64_t t = 0; t < T + K - 1; t++) { /* past the end: only hands out what is waiting */
            vec sum = shift, grad = {0};
            int inside = t < T, forget = inside && starts && starts[b * T + t];
            for (int64_t j = K - 1; j > 0; j--) {
                seen[j] = forget || !inside ? (vec){0} : seen[j - 1];
                waiting[j] = waiting[j - 1];
                sum += taps[j] * seen[j];
            }
            waiting[0] = (vec){0};
            if (inside) {
                seen[0] = NAME(load_lanes)(x + (b * T + t) * stride + e, count);
                sum += taps[0] * seen[0];
                vec open = sigmoid_vec(sum);
                grad = NAME(load_lanes)(grad_y + (b * T + t) * E + e, count) * open * (1.0f + sum * (1.0f - open));
                shifts += grad;
                int64_t reach = K - 1; /* how far back this token has seen */
                if (starts)
                    for (reach = 0; reach < K - 1 && (reach > t || !starts[b * T + t - reach]); reach++) {}
                for (int64_t j = 0; j < K; j++) {
                    sums[j] += grad * seen[j];
                    if (j <= reach) waiting[j] += grad * taps[j];
                }
            }
            int64_t done = t - (K - 1);
            if (done >= 0) NAME(store_lanes)(grad_x + (b * T + done) * E + e, waiting[K - 1], count);
            else if (grad_before) NAME(store_lanes)(grad_before + (b * (K - 1) + K - 1 + done) * E + e, waiting[K - 1], count);
        }
        for (int64_t j = 0; j < K; j++) store_some(grad_weight + (b * K + j) * E + e, sums[j], count);
        store_some(grad_bias + b * E + e, shifts, count);
    }
}

/* grad_x: [B][T][E]; grad_before: [B][K - 1][E], or NULL; grad_weight [B][K][E] and grad_bias [B][E]: floats, to be
   added up by the caller. */
EXPORT void NAME(convolution_backward)(int64_t B, int64_t T, int64_t E, int64_t K, int64_t stride, const ELEMENT *x, const float *weight,
                                       OPTIONAL const float *bias, OPTIONAL const uint8_t *starts, OPTIONAL const ELEMENT *before,
                                       const ELEMENT *grad_y, ELEMENT *grad_x, ELEMENT *grad_before, float *grad_weight, float *grad_bias) {
    const struct NAME(convolution) all = {T, E, K, stride, x, before, grad_y, weight, bias, starts, NULL, grad_x, grad_before, grad_weight, grad_bias};
    parallel_for(B * ((E + LANES - 1) / LANES), 1, NAME(convolve_blocks_backward), &all);
}
