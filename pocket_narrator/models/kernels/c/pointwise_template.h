/* Norms and activations in one pass over memory each. Included once for each element type (NAME, ELEMENT, LOAD16,
   STORE16, TO_FLOAT, FROM_FLOAT set by native.c). The residual stream is float; ELEMENT is what the products read.
   Legend: N tokens, C width, F hidden width. */

struct NAME(norm) {
    const float *x, *gain, *bias;
    ELEMENT *y;
    float *statistics;
    int64_t C, centred;
    float epsilon;
};

static void NAME(norm_of_tokens)(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct NAME(norm) *a = context;
    const float *x = a->x, *gain = a->gain, *bias = a->bias, epsilon = a->epsilon;
    const int64_t C = a->C, centred = a->centred;
    ELEMENT *y = a->y;
    float *statistics = a->statistics;
    (void)thread;
    for (int64_t n = begin; n < end; n++) {
        const float *row = x + n * C;
        vec sums = {0}, squares = {0};
        float tail_sum = 0, tail_squares = 0;
        int64_t c = 0;
        if (centred) {
            for (; c + LANES <= C; c += LANES) sums += load(row + c);
            for (; c < C; c++) tail_sum += row[c];
        }
        float mean = centred ? (sum_of(sums) + tail_sum) / C : 0;
        for (c = 0; c + LANES <= C; c += LANES) squares += (load(row + c) - mean) * (load(row + c) - mean);
        for (; c < C; c++) tail_squares += (row[c] - mean) * (row[c] - mean);
        float inverse = 1.0f / sqrtf((sum_of(squares) + tail_squares) / C + epsilon);
        statistics[2 * n] = mean;
        statistics[2 * n + 1] = inverse;
        for (c = 0; c + LANES <= C; c += LANES) {
            vec z = (load(row + c) - mean) * inverse * load(gain + c);
            if (bias) z += load(bias + c);
            STORE16(y + n * C + c, z);
        }
        for (; c < C; c++) y[n * C + c] = FROM_FLOAT((row[c] - mean) * inverse * gain[c] + (bias ? bias[c] : 0));
    }
}

/* y = (x - mean) * inverse deviation * gain + bias; with `centred` 0 the mean is left out and the deviation is the root
   mean square. statistics: [N][2], mean and inverse deviation. bias may be NULL. */
EXPORT void NAME(norm_forward)(const float *x, const float *gain, OPTIONAL const float *bias, ELEMENT *y, float *statistics, int64_t N, int64_t C,
                               int64_t centred, float epsilon) {
    const struct NAME(norm) all = {x, gain, bias, y, statistics, C, centred, epsilon};
    parallel_for(N, SOME_TOKENS, NAME(norm_of_tokens), &all);
}

struct NAME(norm_gradients) {
    const ELEMENT *grad_y;
    const float *x, *gain, *statistics;
    float *grad_x, *grad_gain, *grad_bias;
    int64_t N, C, centred, parts;
};

static void NAME(norm_backward_of_parts)(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct NAME(norm_gradients) *a = context;
    const ELEMENT *grad_y = a->grad_y;
    const float *x = a->x, *gain = a->gain, *statistics = a->statistics;
    float *grad_x = a->grad_x, *grad_gain = a->grad_gain, *grad_bias = a->grad_bias;
    const int64_t N = a->N, C = a->C, centred = a->centred, parts = a->parts;
    (void)thread;
    for (int64_t part = begin; part < end; part++) {
        float *gains = grad_gain + part * C, *biases = grad_bias + part * C;
        memset(gains, 0, sizeof(float) * C);
        memset(biases, 0, sizeof(float) * C);
        for (int64_t n = part * N / parts; n < (part + 1) * N / parts; n++) {
            const float *row = x + n * C;
            const ELEMENT *g = grad_y + n * C;
            float mean = statistics[2 * n], inverse = statistics[2 * n + 1];
            vec dots = {0}, sums = {0};
            float dot = 0, sum = 0;
            int64_t c = 0;
            for (; c + LANES <= C; c += LANES) {
                vec grad = LOAD16(g + c), z = (load(row + c) - mean) * inverse, scaled = grad * load(gain + c);
                dots += scaled * z;
                sums += scaled;
                store(gains + c, load(gains + c) + grad * z);
                store(biases + c, load(biases + c) + grad);
            }
            for (; c < C; c++) {
                float grad = TO_FLOAT(g[c]), z = (row[c] - mean) * inverse;
                dot += grad * gain[c] * z;
                sum += grad * gain[c];
                gains[c] += grad * z;
                biases[c] += grad;
            }
            dot = (dot + sum_of(dots)) / C;
            sum = centred ? (sum + sum_of(sums)) / C : 0;
            for (c = 0; c + LANES <= C; c += LANES) {
                vec z = (load(row + c) - mean) * inverse;
                store(grad_x + n * C + c, inverse * (LOAD16(g + c) * load(gain + c) - sum - z * dot));
            }
            for (; c < C; c++) {
                float z = (row[c] - mean) * inverse;
                grad_x[n * C + c] = inverse * (TO_FLOAT(g[c]) * gain[c] - sum - z * dot);
            }
        }
    }
}

/* grad_x for every token; grad_gain and grad_bias [PARTS][C] are partial sums over PARTS fixed blocks of tokens, to be
   added by the caller, so that the result does not depend on the number of threads. */
EXPORT void NAME(norm_backward)(const ELEMENT *grad_y, const float *x, const float *gain, const float *statistics, float *grad_x, float *grad_gain,
                                float *grad_bias, int64_t N, int64_t C, int64_t centred, int64_t parts) {
    const struct NAME(norm_gradients) all = {grad_y, x, gain, statistics, grad_x, grad_gain, grad_bias, N, C, centred, parts};
    parallel_for(parts, 1, NAME(norm_backward_of_parts), &all);
}

struct NAME(activation) {
    const ELEMENT *hidden, *grad_out;
    ELEMENT *out;
    int64_t F;
    activation_kind kind;
};

/* Each thread does whole rows; the last vector of a row overlaps the one before where F is no multiple of 16, which needs F >= 16 (the
   caller sees to it). */
static void NAME(activation_of_tokens)(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct NAME(activation) *a = context;
    const ELEMENT *hidden = a->hidden;
    ELEMENT *out = a->out;
    const int64_t F = a->F;
    const activation_kind kind = a->kind;
    (void)thread;
    for (int64_t n = begin; n < end; n++) {
        const ELEMENT *row = hidden + n * (kind == SWIGLU ? 2 * F : F);
        for (int64_t f = 0; f < F; f += LANES) {
            int64_t at = f + LANES <= F ? f : F - LANES;
            vec x = LOAD16(row + at), y;
            if (kind == GELU) y = x * sigmoid_vec(gelu_argument(x));
            else if (kind == SWIGLU) y = x * sigmoid_vec(x) * LOAD16(row + F + at);
            else y = select_vec(x > (vec){0}, x * x, (vec){0});
            STORE16(out + n * F + at, y);
        }
    }
}

/* hidden: [N][F], for SwiGLU [N][2 F] with the gates first. */
EXPORT void NAME(activation_forward)(const ELEMENT *hidden, ELEMENT *out, int64_t N, int64_t F, activation_kind kind) {
    const struct NAME(activation) all = {hidden, NULL, out, F, kind};
    parallel_for(N, SOME_TOKENS, NAME(activation_of_tokens), &all);
}

static void NAME(activation_backward_of_tokens)(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct NAME(activation) *a = context;
    const ELEMENT *hidden = a->hidden, *grad_out = a->grad_out;
    ELEMENT *grad_hidden = a->out;
    const int64_t F = a->F;
    const activation_kind kind = a->kind;
    (void)thread;
    for (int64_t n = begin; n < end; n++) {
        int64_t width = kind == SWIGLU ? 2 * F : F;
        const ELEMENT *row = hidden + n * width;
        ELEMENT *grad = grad_hidden + n * width;
        for (int64_t f = 0; f < F; f += LANES) {
            int64_t at = f + LANES <= F ? f : F - LANES;
            vec x = LOAD16(row + at), g = LOAD16(grad_out + n * F + at);
            if (kind == GELU) {
                vec s = sigmoid_vec(gelu_argument(x));
                STORE16(grad + at, g * (s + x * s * (1.0f - s) * (1.5957691216f + 3.0f * 0.0713548163f * x * x)));
            } else if (kind == SWIGLU) {
                vec s = sigmoid_vec(x), value = LOAD16(row + F + at);
                STORE16(grad + F + at, g * x * s);
                STORE16(grad + at, g * value * s * (1.0f + x * (1.0f - s)));
            } else {
                STORE16(grad + at, select_vec(x > (vec){0}, 2.0f * g * x, (vec){0}));
            }
        }
    }
}

EXPORT void NAME(activation_backward)(const ELEMENT *grad_out, const ELEMENT *hidden, ELEMENT *grad_hidden, int64_t N, int64_t F, activation_kind kind) {
    const struct NAME(activation) all = {hidden, grad_out, grad_hidden, F, kind};
    parallel_for(N, SOME_TOKENS, NAME(activation_backward_of_tokens), &all);
}
