/* The layers whose memory is constant in size: each row changes its slot's state in place.
   The rows of a story are taken one after the other; stories, and blocks of 16 channels or heads, are the tasks. */

static int64_t convolve_tasks(const convolve_operation *o, const decode_step *s) { return s->runs * whole_vectors(o->channels) / LANES; }

static void convolve(const convolve_operation *o, const decode_step *s, float *own, float *all, int64_t begin, int64_t end) {
    (void)own, (void)all;
    int64_t E = o->channels, K = o->taps, Ep = whole_vectors(E), blocks = Ep / LANES;
    const float *weights = o->weights, *bias = o->bias;
    for (int64_t task = begin; task < end; task++) {
        int64_t run = task / blocks, e = task % blocks * LANES;
        float *recent = o->recent + s->slots[run] * (K - 1) * Ep + e;
        for (int64_t r = s->first[run]; r < s->first[run + 1]; r++) {
            vec newest = load(row_of(o->input, r) + e), sum = load(bias + e) + newest * load(weights + e);
            for (int64_t j = 1; j < K; j++) sum += load(recent + (K - 1 - j) * Ep) * load(weights + j * Ep + e);
            for (int64_t j = 0; j + 2 < K; j++) store(recent + j * Ep, load(recent + (j + 1) * Ep));
            if (K > 1) store(recent + (K - 2) * Ep, newest);
            put(row_of(o->output, r) + e, sum * sigmoid_vec(sum), E - e);
        }
    }
}

static int64_t scan_tasks(const scan_operation *o, const decode_step *s) { return s->runs * whole_vectors(o->channels) / LANES; }

static void scan(const scan_operation *o, const decode_step *s, float *own, float *all, int64_t begin, int64_t end) {
    (void)own, (void)all;
    int64_t E = o->channels, N = o->states, R = o->rank, Ep = whole_vectors(E), blocks = Ep / LANES;
    const float *steps = o->steps, *bias = o->bias, *rates = o->rates, *skips = o->skip;
    for (int64_t task = begin; task < end; task++) {
        int64_t run = task / blocks, e = task % blocks * LANES;
        float *state = o->state + s->slots[run] * N * Ep + e;
        for (int64_t r = s->first[run]; r < s->first[run + 1]; r++) {
            const float *low = row_of(o->selected, r), *input = low + R, *output = input + N;
            vec slope, d = load(bias + e), u = load(row_of(o->u, r) + e);
            vec gate = load(row_of(o->gate, r) + e);
            for (int64_t i = 0; i < R; i++) d += low[i] * load(steps + i * Ep + e);
            d = softplus_vec(d, &slope);
            vec step = d * u, sum = u * load(skips + e);
            for (int64_t n = 0; n < N; n++) {
                vec h = exp2_vec(d * load(rates + n * Ep + e)) * load(state + n * Ep) + step * input[n];
                store(state + n * Ep, h);
                sum += h * output[n];
            }
            put(row_of(o->output, r) + e, sum * gate * sigmoid_vec(gate), E - e);
        }
    }
}

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

static int64_t recur_room(const recur_operation *o) {
    if (!o->cosine != !o->sine || !(o->kind == SUMMED ? o->sums != NULL : o->choice.at && o->gain)) return LACKING;
    return 5 * o->key_width + 2 * whole_vectors(o->value_width);
}

static int64_t recur_tasks(const recur_operation *o, const decode_step *s) { return s->runs * o->heads; }

static void recur(const recur_operation *o, const decode_step *s, float *own, float *all, int64_t begin, int64_t end) {
    (void)all;
    recurrence_kind kind = o->kind;
    float temperature = (float)o->temperature, lowest = (float)o->lowest;
    int64_t H = o->heads, shared = o->shared, K = o->key_width, V = o->value_width, Vp = whole_vectors(V);
    float *q = own, *k = q + K, *fade = k + K, *turned_q = fade + K, *turned_k = turned_q + K, *v = turned_k + K, *y = v + Vp;
    for (int64_t task = begin; task < end; task++) {
        int64_t run = task / H, h = task % H, place = s->slots[run] * H + h;
        float *S = o->state + place * K * Vp;
        for (int64_t r = s->first[run]; r < s->first[run + 1]; r++) {
            const float *queries = row_of(o->queries, r) + h / shared * K;
            const float *keys = row_of(o->keys, r) + h / shared * K;
            const float *values = row_of(o->values, r) + h * V, *added = o->added;
            const float *choice = o->choice.at ? row_of(o->choice, r) : NULL, *gain = o->gain;
            const float *cosine = o->cosine ? o->cosine + s->positions[r] * (K / 2) : NULL;
            const float *sine = o->sine ? o->sine + s->positions[r] * (K / 2) : NULL;
            float weight = 1, *out = row_of(o->output, r) + h * V;
            for (int64_t i = 0; i < Vp; i++) v[i] = i < V ? values[i] : 0;
            if (added)
                for (int64_t i = 0; i < V; i++) v[i] += added[(s->tokens[r] * H + h) * V + i];
            for (int64_t i = 0; i < K; i++) q[i] = queries[i], k[i] = keys[i];
            if (kind == SUMMED) {
                float *sums = o->sums + place * K;
                weight = 0;
                for (int64_t i = 0; i < K; i++) {
                    q[i] = expf(q[i] < 0 ? q[i] : 0) + (q[i] > 0 ? q[i] : 0);
                    k[i] = expf(k[i] < 0 ? k[i] : 0) + (k[i] > 0 ? k[i] : 0);
                    sums[i] += k[i];
                    weight += q[i] * sums[i];
                }
                weight = 1 / (weight + (float)o->epsilon);
            } else if (kind == GATED) {
                for (int64_t i = 0; i < K; i++) {
                    float x = choice[h * K + i], log_sigmoid = (x < 0 ? x : 0) - log1pf(expf(x < 0 ? x : -x));
                    float log_decay = log_sigmoid / temperature;
                    fade[i] = expf(log_decay < lowest ? lowest : log_decay);
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
                weight = 1 / sqrtf(squares / V + (float)o->epsilon);
            }
            for (int64_t i = 0; i < V; i++) {
                float read = y[i] * weight * (kind == GATED ? gain[i] : 1);
                if (o->gate.at) {
                    float gate = row_of(o->gate, r)[h * V + i];
                    read *= gate / (1 + expf(-gate));
                }
                out[i] = read;
            }
        }
    }
}
