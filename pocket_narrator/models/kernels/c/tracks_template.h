/* What the narrative mixer does around its scan, in one pass over memory each. Included once for each element type.
   Legend: N tokens, E channels, K tracks of neighbouring channels. stride: elements from one token of the gate to the next.
   ends: [K], the channel after each track's last. weights: [N][K], each token's weight for each track, or NULL for ones. */

struct NAME(track_steps) {
    int64_t N, E, K, parts;
    const int64_t *ends;
    const ELEMENT *raw, *grad_out;
    const float *bias, *slowest, *fastest, *weights;
    ELEMENT *out, *grad_raw;
    float *grad_bias, *grad_weights;
};

static void NAME(track_steps_of_tokens)(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct NAME(track_steps) *a = context;
    const int64_t E = a->E, K = a->K, *ends = a->ends;
    const ELEMENT *raw = a->raw;
    const float *bias = a->bias, *slowest = a->slowest, *fastest = a->fastest, *weights = a->weights;
    ELEMENT *out = a->out;
    (void)thread;
    for (int64_t n = begin; n < end; n++)
        for (int64_t k = 0, first = 0; k < K; first = ends[k++]) {
            float weight = weights ? weights[n * K + k] : 1.0f;
            for (int64_t e = first; e < ends[k]; e += LANES) {
                int count = ends[k] - e < LANES ? (int)(ends[k] - e) : LANES;
                vec low = load_some(slowest + e, count), place = sigmoid_vec(NAME(load_lanes)(raw + n * E + e, count) + load_some(bias + e, count));
                vec d = exp_vec(low + (load_some(fastest + e, count) - low) * place);
                NAME(store_lanes)(out + n * E + e, weight * d, count);
            }
        }
}

/* out = exp(slowest + (fastest - slowest) sigmoid(raw + bias)) weight: the steps of the scan. */
EXPORT void NAME(track_steps_forward)(int64_t N, int64_t E, int64_t K, const int64_t *ends, const ELEMENT *raw, const float *bias, const float *slowest,
                                      const float *fastest, OPTIONAL const float *weights, ELEMENT *out) {
    const struct NAME(track_steps) all = {.N = N, .E = E, .K = K, .ends = ends, .raw = raw, .bias = bias, .slowest = slowest, .fastest = fastest,
                                          .weights = weights, .out = out};
    parallel_for(N, SOME_TOKENS, NAME(track_steps_of_tokens), &all);
}

static void NAME(track_steps_of_parts)(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct NAME(track_steps) *a = context;
    const int64_t N = a->N, E = a->E, K = a->K, *ends = a->ends, parts = a->parts;
    const ELEMENT *raw = a->raw, *grad_out = a->grad_out;
    const float *bias = a->bias, *slowest = a->slowest, *fastest = a->fastest, *weights = a->weights;
    ELEMENT *grad_raw = a->grad_raw;
    float *grad_bias = a->grad_bias, *grad_weights = a->grad_weights;
    (void)thread;
    for (int64_t part = begin; part < end; part++) {
        float *biases = grad_bias + part * E;
        memset(biases, 0, sizeof(float) * E);
        for (int64_t n = part * N / parts; n < (part + 1) * N / parts; n++)
            for (int64_t k = 0, first = 0; k < K; first = ends[k++]) {
                float weight = weights ? weights[n * K + k] : 1.0f;
                vec sums = {0};
                for (int64_t e = first; e < ends[k]; e += LANES) {
                    int count = ends[k] - e < LANES ? (int)(ends[k] - e) : LANES;
                    vec low = load_some(slowest + e, count), range = load_some(fastest + e, count) - low;
                    vec place = sigmoid_vec(NAME(load_lanes)(raw + n * E + e, count) + load_some(bias + e, count));
                    vec grad = NAME(load_lanes)(grad_out + n * E + e, count) * exp_vec(low + range * place);
                    sums += grad;
                    vec inner = weight * grad * range * place * (1.0f - place);
                    NAME(store_lanes)(grad_raw + n * E + e, inner, count);
                    store_some(biases + e, load_some(biases + e, count) + inner, count);
                    }
                grad_weights[n * K + k] = sum_of(sums);
            }
    }
}

/* grad_bias: [parts][E], partial sums over fixed blocks of tokens; grad_weights: [N][K]. */
EXPORT void NAME(track_steps_backward)(int64_t N, int64_t E, int64_t K, const int64_t *ends, const ELEMENT *raw, const float *bias, const float *slowest,
                                       const float *fastest, OPTIONAL const float *weights, const ELEMENT *grad_out, ELEMENT *grad_raw,
                                       float *grad_bias, float *grad_weights, int64_t parts) {
    const struct NAME(track_steps) all = {N, E, K, parts, ends, raw, grad_out, bias, slowest, fastest, weights, NULL, grad_raw, grad_bias, grad_weights};
    parallel_for(parts, 1, NAME(track_steps_of_parts), &all);
}

static float NAME(track_inverse_rms)(const ELEMENT *y, int64_t width, float epsilon) {
    vec squares = {0};
    for (int64_t e = 0; e < width; e += LANES) {
        vec x = NAME(load_lanes)(y + e, width - e < LANES ? (int)(width - e) : LANES);
        squares += x * x;
    }
    return 1.0f / sqrtf(sum_of(squares) / width + epsilon);
}

struct NAME(track_read) {
    int64_t N, E, K, stride, parts;
    const int64_t *ends;
    const ELEMENT *y, *gate, *news, *grad_out;
    const float *gain, *weights;
    ELEMENT *out, *grad_y, *grad_gate, *grad_news;
    float *grad_gain, *grad_weights, epsilon;
};

static void NAME(track_read_of_tokens)(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct NAME(track_read) *a = context;
    const int64_t E = a->E, K = a->K, stride = a->stride, *ends = a->ends;
    const ELEMENT *y = a->y, *gate = a->gate, *news = a->news;
    const float *gain = a->gain, *weights = a->weights, epsilon = a->epsilon;
    ELEMENT *out = a->out;
    (void)thread;
    for (int64_t n = begin; n < end; n++)
        for (int64_t k = 0, first = 0; k < K; first = ends[k++]) {
            float weight = weights ? weights[n * K + k] : 1.0f, inverse = NAME(track_inverse_rms)(y + n * E + first, ends[k] - first, epsilon);
            for (int64_t e = first; e < ends[k]; e += LANES) {
                int count = ends[k] - e < LANES ? (int)(ends[k] - e) : LANES;
                vec x = inverse * NAME(load_lanes)(y + n * E + e, count) * load_some(gain + e, count), z = NAME(load_lanes)(gate + n * stride + e, count);
                if (news) x += NAME(load_lanes)(news + n * E + e, count);
                NAME(store_lanes)(out + n * E + e, weight * x * z * sigmoid_vec(z), count);
            }
        }
}

/* out = (y / rms(y of the track) gain + news) weight silu(gate): what the last product reads. news: [N][E], or NULL for zeros. */
EXPORT void NAME(track_read_forward)(int64_t N, int64_t E, int64_t K, int64_t stride, const int64_t *ends, const ELEMENT *y, const ELEMENT *gate, const float *gain,
                                     OPTIONAL const float *weights, OPTIONAL const ELEMENT *news, ELEMENT *out, float epsilon) {
    const struct NAME(track_read) all = {.N = N, .E = E, .K = K, .stride = stride, .ends = ends, .y = y, .gate = gate, .news = news, .gain = gain,
                                         .weights = weights, .out = out, .epsilon = epsilon};
    parallel_for(N, SOME_TOKENS, NAME(track_read_of_tokens), &all);
}

static void NAME(track_read_of_parts)(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct NAME(track_read) *a = context;
    const int64_t N = a->N, E = a->E, K = a->K, stride = a->stride, *ends = a->ends, parts = a->parts;
    const ELEMENT *y = a->y, *gate = a->gate, *news = a->news, *grad_out = a->grad_out;
    const float *gain = a->gain, *weights = a->weights, epsilon = a->epsilon;
    ELEMENT *grad_y = a->grad_y, *grad_gate = a->grad_gate, *grad_news = a->grad_news;
    float *grad_gain = a->grad_gain, *grad_weights = a->grad_weights;
    (void)thread;
    for (int64_t part = begin; part < end; part++) {
        float *gains = grad_gain + part * E;
        memset(gains, 0, sizeof(float) * E);
        for (int64_t n = part * N / parts; n < (part + 1) * N / parts; n++)
            for (int64_t k = 0, first = 0; k < K; first = ends[k++]) {
                int64_t width = ends[k] - first;
                float weight = weights ? weights[n * K + k] : 1.0f, inverse = NAME(track_inverse_rms)(y + n * E + first, width, epsilon);
                vec own = {0}, others = {0}; /* sums of the gradient of the weight */
                for (int64_t e = first; e < ends[k]; e += LANES) {
                    int count = ends[k] - e < LANES ? (int)(ends[k] - e) : LANES;
                    vec x = inverse * NAME(load_lanes)(y + n * E + e, count), z = NAME(load_lanes)(gate + n * stride + e, count);
                    vec scale = load_some(gain + e, count), open = sigmoid_vec(z), heard = {0};
                    vec g = NAME(load_lanes)(grad_out + n * E + e, count), through = g * z * open;
                    if (news) {
                        heard = NAME(load_lanes)(news + n * E + e, count);
                        NAME(store_lanes)(grad_news + n * E + e, weight * through, count);
                    }
                    own += through * scale * x;
                    others += through * heard;
                    NAME(store_lanes)(grad_gate + n * E + e, weight * g * (scale * x + heard) * open * (1.0f + z * (1.0f - open)), count);
                    store_some(gains + e, load_some(gains + e, count) + weight * through * x, count);
                }
                float dot = sum_of(own);
                grad_weights[n * K + k] = dot + sum_of(others);
                for (int64_t e = first; e < ends[k]; e += LANES) {
                    int count = ends[k] - e < LANES ? (int)(ends[k] - e) : LANES;
                    vec x = inverse * NAME(load_lanes)(y + n * E + e, count), z = NAME(load_lanes)(gate + n * stride + e, count);
                    vec inner = NAME(load_lanes)(grad_out + n * E + e, count) * load_some(gain + e, count) * z * sigmoid_vec(z);
                    NAME(store_lanes)(grad_y + n * E + e, weight * inverse * (inner - x * (dot / width)), count);
                }
            }
    }
}

/* grad_gain: [parts][E], partial sums over fixed blocks of tokens; grad_weights: [N][K]; grad_news: NULL where there are no news. */
EXPORT void NAME(track_read_backward)(int64_t N, int64_t E, int64_t K, int64_t stride, const int64_t *ends, const ELEMENT *y, const ELEMENT *gate, const float *gain,
                                      OPTIONAL const float *weights, OPTIONAL const ELEMENT *news, const ELEMENT *grad_out, ELEMENT *grad_y, ELEMENT *grad_gate,
                                      float *grad_gain, float *grad_weights, ELEMENT *grad_news, int64_t parts, float epsilon) {
    const struct NAME(track_read) all = {N, E, K, stride, parts, ends, y, gate, news, grad_out, gain, weights, NULL, grad_y, grad_gate, grad_news,
                                         grad_gain, grad_weights, epsilon};
    parallel_for(parts, 1, NAME(track_read_of_parts), &all);
}
