/* The layers whose memory is constant in size: each row changes its slot's state in place.
   The rows of a story are taken one after the other; stories, and blocks of 16 channels or heads, are the tasks. */

/* The short causal convolution, channel by channel, with SiLU. n: E, tokens seen, input stride, output stride, Ep (E rounded up to
   16). p: input, output, weights [tokens][Ep] (the newest token's first), bias [Ep], recent inputs [slot][tokens - 1][Ep], oldest
   first. */
static void convolve(const operation *o, const decode_step *s) {
    int64_t E = o->n[0], K = o->n[1], Ep = o->n[4], blocks = Ep / LANES;
    const float *weights = o->p[2], *bias = o->p[3];
#pragma omp for schedule(static)
    for (int64_t task = 0; task < s->runs * blocks; task++) {
        int64_t run = task / blocks, e = task % blocks * LANES;
        float *recent = (float *)o->p[4] + s->slots[run] * (K - 1) * Ep + e;
        for (int64_t r = s->first[run]; r < s->first[run + 1]; r++) {
            vec newest = load((const float *)o->p[0] + r * o->n[2] + e), sum = load(bias + e) + newest * load(weights + e);
            for (int64_t j = 1; j < K; j++) sum += load(recent + (K - 1 - j) * Ep) * load(weights + j * Ep + e);
            for (int64_t j = 0; j + 2 < K; j++) store(recent + j * Ep, load(recent + (j + 1) * Ep));
            if (K > 1) store(recent + (K - 2) * Ep, newest);
            put((float *)o->p[1] + r * o->n[3] + e, sum * sigmoid_vec(sum), E - e);
        }
    }
}

/* Mamba's selective scan. n: E, N, R, stride of u, stride of what is selected, stride of the gates, output stride, Ep.
   p: u, selected (R low-rank steps, N inputs, N outputs), gates, step weights [R][Ep], step bias [Ep], rates A log2(e) [N][Ep],
   skip [Ep], state [slot][N][Ep], output. */
static void scan_rows(const operation *o, const decode_step *s) {
    int64_t E = o->n[0], N = o->n[1], R = o->n[2], Ep = o->n[7], blocks = Ep / LANES;
    const float *steps = o->p[3], *bias = o->p[4], *rates = o->p[5], *skips = o->p[6];
#pragma omp for schedule(static)
    for (int64_t task = 0; task < s->runs * blocks; task++) {
        int64_t run = task / blocks, e = task % blocks * LANES;
        float *state = (float *)o->p[7] + s->slots[run] * N * Ep + e;
        for (int64_t r = s->first[run]; r < s->first[run + 1]; r++) {
            const float *low = (const float *)o->p[1] + r * o->n[4], *input = low + R, *output = input + N;
            vec slope, d = load(bias + e), u = load((const float *)o->p[0] + r * o->n[3] + e);
            vec gate = load((const float *)o->p[2] + r * o->n[5] + e);
            for (int64_t i = 0; i < R; i++) d += low[i] * load(steps + i * Ep + e);
            d = softplus_vec(d, &slope);
            vec step = d * u, sum = u * load(skips + e);
            for (int64_t n = 0; n < N; n++) {
                vec h = exp2_vec(d * load(rates + n * Ep + e)) * load(state + n * Ep) + step * input[n];
                store(state + n * Ep, h);
                sum += h * output[n];
            }
            put((float *)o->p[8] + r * o->n[6] + e, sum * gate * sigmoid_vec(gate), E - e);
        }
    }
}

enum { SUMMED, GATED, STEPPED }; /* linear attention; gated linear attention; Mamba-2 */

/* One token of one head: S = fade S + k v^T, y = q S; S: [K][Vp]. fade: [K], or NULL where nothing fades. */
INLINE void recur_once(int64_t K, int64_t Vp, const float *q, const float *k, const float *fade, const float *v, float *S, float *y) {
    for (int64_t c = 0; c < Vp; c += LANES) {
        vec value = load(v + c), sum = {0};
        for (int64_t i = 0; i < K; i++) {
            vec cell = load(S + i * Vp + c);
            if (fade) cell *= fade[i];
            cell += k[i] * value;
            store(S + i * Vp + c, cell);
            sum += q[i] * cell;
        }
        store(y + c, sum);
    }
}

static void turn(const float *in, int64_t K, const float *cosine, const float *sine, float *out) {
    for (int64_t i = 0; i < K / 2; i++) {
        float x = in[i], y = in[i + K / 2];
        out[i] = cosine ? x * cosine[i] - y * sine[i] : x;
        out[i + K / 2] = cosine ? y * cosine[i] + x * sine[i] : y;
    }
    if (K % 2) out[K - 1] = in[K - 1];
}

/* n: kind, heads, heads that share queries and keys, K, V, input stride, output stride, stride of the rates or steps, stride of the
   gates. p: queries, keys, values, state [slot][heads][K][Vp], sums of key features [slot][heads][K] (SUMMED), log decay
   (GATED: logits of it [heads][K]) or steps (STEPPED: before their bias [heads]), cosines, sines, gates [heads][V] (or NULL), a gain:
   of the head's norm [V] (GATED), or the step bias, rates and skip [3][heads] (STEPPED), output, added values [V table] (or NULL).
   f: epsilon. Vp: V rounded up to 16. own: 4 (K + Vp) floats. */
static void recur(const operation *o, const decode_step *s, float *own) {
    int64_t kind = o->n[0], H = o->n[1], shared = o->n[2], K = o->n[3], V = o->n[4], Vp = (V + LANES - 1) / LANES * LANES;
    float *q = own, *k = q + K, *fade = k + K, *turned_q = fade + K, *turned_k = turned_q + K, *v = turned_k + K, *y = v + Vp;
#pragma omp for schedule(static)
    for (int64_t task = 0; task < s->runs * H; task++) {
        int64_t run = task / H, h = task % H, place = s->slots[run] * H + h;
        float *S = (float *)o->p[3] + place * K * Vp;
        for (int64_t r = s->first[run]; r < s->first[run + 1]; r++) {
            const float *queries = (const float *)o->p[0] + r * o->n[5] + h / shared * K;
            const float *keys = (const float *)o->p[1] + r * o->n[5] + h / shared * K;
            const float *values = (const float *)o->p[2] + r * o->n[5] + h * V, *added = o->p[11];
            const float *choice = (const float *)o->p[5] + r * o->n[7], *gain = o->p[9];
            const float *cosine = o->p[6] ? (const float *)o->p[6] + s->positions[r] * (K / 2) : NULL;
            const float *sine = o->p[7] ? (const float *)o->p[7] + s->positions[r] * (K / 2) : NULL;
            float weight = 1, *out = (float *)o->p[10] + r * o->n[6] + h * V;
            for (int64_t i = 0; i < Vp; i++) v[i] = i < V ? values[i] : 0;
            if (added)
                for (int64_t i = 0; i < V; i++) v[i] += added[(s->tokens[r] * H + h) * V + i];
            for (int64_t i = 0; i < K; i++) q[i] = queries[i], k[i] = keys[i];
            if (kind == SUMMED) {
                float *sums = (float *)o->p[4] + place * K;
                weight = 0;
                for (int64_t i = 0; i < K; i++) {
                    q[i] = expf(q[i] < 0 ? q[i] : 0) + (q[i] > 0 ? q[i] : 0);
                    k[i] = expf(k[i] < 0 ? k[i] : 0) + (k[i] > 0 ? k[i] : 0);
                    sums[i] += k[i];
                    weight += q[i] * sums[i];
                }
                weight = 1 / (weight + (float)o->f[0]);
            } else if (kind == GATED) {
                for (int64_t i = 0; i < K; i++) { /* log sigmoid / 16, not below -5: see chunked.py */
                    float x = choice[h * K + i], log_sigmoid = (x < 0 ? x : 0) - log1pf(expf(x < 0 ? x : -x));
                    fade[i] = expf(log_sigmoid / 16 < -5 ? -5 : log_sigmoid / 16);
                }
            } else {
                float x = choice[h] + gain[h], step = (x > 0 ? x : 0) + log1pf(expf(x > 0 ? -x : x));
                for (int64_t i = 0; i < K; i++) fade[i] = expf(gain[H + h] * step);
                for (int64_t i = 0; i < K; i++) k[i] *= step;
            }
            turn(q, K, cosine, sine, turned_q);
            turn(k, K, cosine, sine, turned_k);
            recur_once(K, Vp, turned_q, turned_k, kind == SUMMED ? NULL : fade, v, S, y);
            if (kind == STEPPED)
                for (int64_t i = 0; i < V; i++) y[i] += gain[2 * H + h] * v[i];
            if (kind == GATED) {
                float squares = 0;
                for (int64_t i = 0; i < V; i++) squares += y[i] * y[i];
                weight = 1 / sqrtf(squares / V + (float)o->f[0]);
            }
            for (int64_t i = 0; i < V; i++) {
                float read = y[i] * weight * (kind == GATED ? gain[i] : 1);
                if (o->p[8]) {
                    float gate = ((const float *)o->p[8])[r * o->n[8] + h * V + i];
                    read *= gate / (1 + expf(-gate));
                }
                out[i] = read;
            }
        }
    }
}
