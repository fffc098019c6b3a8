/* Mamba-3: S = alpha S + beta k' v'^T + gamma k v^T, y = q S + skip v, where k' and v' are those of the token before, and keys and
   queries are normed, get a bias, and are rotated by the sum of all angles so far. */

static int64_t trapezoid_room(const trapezoid_operation *o) {
    return 2 * o->key_width + 2 * o->pairs + 2 * whole_vectors(o->value_width);
}

static void norm_with_bias(const float *in, int64_t K, float epsilon, const float *gain, const float *bias, float *out) {
    float squares = 0;
    for (int64_t i = 0; i < K; i++) squares += in[i] * in[i];
    float scale = 1 / sqrtf(squares / K + epsilon);
    for (int64_t i = 0; i < K; i++) out[i] = in[i] * scale * gain[i] + bias[i];
}

static float softplus_of(float x) { return (x > 0 ? x : 0) + log1pf(expf(x > 0 ? -x : x)); }

static int64_t trapezoid_tasks(const trapezoid_operation *o, const decode_step *s) { return s->runs * o->heads; }

static void trapezoid(const trapezoid_operation *o, const decode_step *s, float *own, float *all, int64_t begin, int64_t end) {
    (void)all;
    int64_t H = o->heads, K = o->key_width, P = o->pairs, V = o->value_width, Vp = whole_vectors(V);
    float *q = own, *k = q + K, *cosine = k + K, *sine = cosine + P, *v = sine + P, *y = v + Vp;
    for (int64_t task = begin; task < end; task++) {
        int64_t run = task / H, h = task % H, place = s->slots[run] * H + h;
        float *S = o->state + place * K * Vp;
        float *last_k = o->left + place * (K + Vp + P), *last_v = last_k + K, *turns = last_v + Vp;
        for (int64_t r = s->first[run]; r < s->first[run + 1]; r++) {
            const float *values = row_of(o->values, r) + h * V, *gate = row_of(o->gate, r) + h * V;
            const float *choices = row_of(o->choices, r), *angles = choices + 3 * H;
            float *out = row_of(o->output, r) + h * V, epsilon = (float)o->epsilon, lowest = (float)o->lowest;
            float step = softplus_of(choices[h] + o->scales[h]), rate = softplus_of(choices[H + h]);
            float gamma = step / (1 + expf(-choices[2 * H + h])), alpha = expf(-(rate > lowest ? rate : lowest) * step);
            float beta = alpha * (step - gamma);
            for (int64_t i = 0; i < P; i++) {
                float turn = turns[i] + step * 0.5f * tanhf(angles[i]);
                turns[i] = turn - rintf(turn);
                cosine[i] = cosf(turns[i] * 6.2831853072f);
                sine[i] = sinf(turns[i] * 6.2831853072f);
            }
            norm_with_bias(row_of(o->keys, r) + h / o->shared * K, K, epsilon, o->gains, o->biases + h * K, k);
            norm_with_bias(row_of(o->queries, r) + h / o->shared * K, K, epsilon, o->gains + K, o->biases + (H + h) * K, q);
            turn(k, 2 * P, cosine, sine, k);
            turn(q, 2 * P, cosine, sine, q);
            for (int64_t i = 0; i < Vp; i++) v[i] = i < V ? values[i] : 0;
            for (int64_t c = 0; c < Vp; c += LANES) {
                vec newest = load(v + c) * gamma, before = load(last_v + c) * beta, sum = {0};
                for (int64_t i = 0; i < K; i++) {
                    vec cell = load(S + i * Vp + c) * alpha + last_k[i] * before + k[i] * newest;
                    store(S + i * Vp + c, cell);
                    sum += q[i] * cell;
                }
                store(y + c, sum);
            }
            for (int64_t i = 0; i < K; i++) last_k[i] = k[i];
            for (int64_t i = 0; i < Vp; i++) last_v[i] = v[i];
            for (int64_t i = 0; i < V; i++)
                out[i] = (y[i] + o->scales[H + h] * v[i]) * gate[i] / (1 + expf(-gate[i]));
        }
    }
}
