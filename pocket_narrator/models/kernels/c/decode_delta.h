/* The gated delta rule, token by token: what a slot remembers under a key is corrected towards the new value. */

static void to_unit_length(const float *in, int64_t K, float epsilon, float *out) {
    float squares = 0;
    for (int64_t i = 0; i < K; i++) squares += in[i] * in[i];
    float factor = 1 / sqrtf(squares + epsilon);
    for (int64_t i = 0; i < K; i++) out[i] = in[i] * factor;
}

static int64_t delta_room(const delta_operation *o) { return 4 * whole_vectors(o->width); }

static int64_t delta_tasks(const delta_operation *o, const decode_step *s) { return s->runs * o->heads; }

static void delta(const delta_operation *o, const decode_step *s, float *own, float *all, int64_t begin, int64_t end) {
    (void)all;
    int64_t H = o->heads, J = o->steps, K = o->width, Kp = whole_vectors(K);
    float *q = own, *k = q + Kp, *v = k + Kp, *y = v + Kp, unit = (float)o->length_epsilon;
    const float *bias = o->bias, *rates = o->rates, *gain = o->gain;
    memset(v, 0, sizeof(float) * Kp);
    for (int64_t task = begin; task < end; task++) {
        int64_t run = task / H, h = task % H;
        float *S = o->state + (s->slots[run] * H + h) * K * Kp;
        for (int64_t r = s->first[run]; r < s->first[run + 1]; r++) {
            const float *choices = row_of(o->choices, r), *gate = row_of(o->gate, r) + h * K;
            float x = choices[h] + bias[h], step = (x > 0 ? x : 0) + log1pf(expf(x > 0 ? -x : x)), fade = expf(-rates[h] * step);
            to_unit_length(row_of(o->queries, r) + h * K, K, unit, q);
            for (int64_t j = 0; j < J; j++) {
                float beta = (float)o->beta_range / (1 + expf(-choices[(j + 1) * H + h]));
                to_unit_length(row_of(o->keys, r) + (j * H + h) * K, K, unit, k);
                memcpy(v, row_of(o->values, r) + (j * H + h) * K, sizeof(float) * K);
                correct(K, K, k, v, j ? 1 : fade, beta, S, NULL, q, j == J - 1 ? y : NULL);
            }
            float squares = 0, *out = row_of(o->output, r) + h * K;
            for (int64_t i = 0; i < K; i++) squares += y[i] * y[i];
            float factor = 1 / sqrtf(squares / K + (float)o->epsilon);
            for (int64_t i = 0; i < K; i++) out[i] = y[i] * factor * gain[i] * gate[i] / (1 + expf(-gate[i]));
        }
    }
}
