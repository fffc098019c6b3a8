/* The gated delta rule, token by token (delta.py has the formulas): a head's state, [K][V], stays in the first-level cache.

   What a key adds is beta w, with w = v - S^T k what was wanted and not there: the forward pass keeps it, and the states before every
   CHUNK tokens; the backward pass makes the states between again from both. It holds states and their gradient with keys in lanes, and
   the gradient with values in lanes too, so that no sum goes across lanes.
   Legend: B rows, T tokens, J keys a token, H heads, K key width, V value width; Kp, Vp rounded up to whole vectors.
   Strides are floats from one token to the next. */

INLINE void padded_row(const float *from, int64_t width, float *to) {
    memcpy(to, from, sizeof(float) * width);
    for (int64_t i = width; i % LANES; i++) to[i] = 0;
}

/* The sum of weights[i] times row i, 16 columns of it. */
INLINE vec sum_of_rows(const float *weights, const float *rows, int64_t count, int64_t stride) {
    vec sums[4] = {{0}, {0}, {0}, {0}};
    int64_t i = 0;
    for (; i + 4 <= count; i += 4)
        for (int64_t j = 0; j < 4; j++) sums[j] += weights[i + j] * load(rows + (i + j) * stride);
    for (; i < count; i++) sums[0] += weights[i] * load(rows + i * stride);
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* One key of one head: S = fade S, S = S + k (beta w)^T; and y = S^T q where y is given. v, y: [Vp]. w: [V], or NULL. S: [K][Vp]. */
INLINE void correct(int64_t K, int64_t V, const float *k, const float *v, float fade, float beta, float *S, float *w, const float *q, float *y) {
    int64_t Vp = (V + LANES - 1) / LANES * LANES;
    for (int64_t c = 0; c < V; c += LANES) {
        vec wanted = load(v + c) - fade * sum_of_rows(k, S + c, K, Vp), added = beta * wanted;
        if (w) store_some(w + c, wanted, V - c < LANES ? (int)(V - c) : LANES);
        for (int64_t i = 0; i < K; i++) store(S + i * Vp + c, fade * load(S + i * Vp + c) + k[i] * added);
        if (y) store(y + c, sum_of_rows(q, S + c, K, Vp));
    }
}

typedef struct {
    int64_t B, T, J, H, chunks, q_stride, k_stride, v_stride;
    const float *q, *k, *v, *beta, *decay;
} delta_inputs;

/* One head of one row. S: [K + 2][Vp], with room for a value and an output. w, kept: NULL, or the head's place in them. */
INLINE void forward_head(const delta_inputs *o, int64_t b, int64_t h, int64_t K, int64_t V, float *S, float *y, float *w, float *kept) {
    int64_t Vp = (V + LANES - 1) / LANES * LANES, H = o->H, J = o->J;
    float *value = S + K * Vp, *out = value + Vp;
    for (int64_t t = 0; t < o->T; t++) {
        int64_t token = b * o->T + t;
        if (kept && t % CHUNK == 0) memcpy(kept + t / CHUNK * K * Vp, S, sizeof(float) * K * Vp);
        for (int64_t j = 0; j < J; j++) {
            int64_t cell = (token * J + j) * H + h;
            padded_row(o->v + token * o->v_stride + (j * H + h) * V, V, value);
            correct(K, V, o->k + token * o->k_stride + (j * H + h) * K, value, j ? 1 : o->decay[token * H + h], o->beta[cell], S, w ? w + cell * V : NULL,
                    o->q + token * o->q_stride + h * K, j == J - 1 ? out : NULL);
        }
        memcpy(y + (token * H + h) * V, out, sizeof(float) * V);
    }
}

struct delta_forward {
    delta_inputs inputs;
    int64_t K, V;
    const float *initial;
    float *y, *last, *w, *kept;
};

/* A task is one head of one row. */
static void delta_of_heads(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct delta_forward *a = context;
    const int64_t K = a->K, V = a->V, Vp = (V + LANES - 1) / LANES * LANES, H = a->inputs.H;
    float *S = scratch(sizeof(float) * (K + 2) * Vp);
    (void)thread;
    for (int64_t task = begin; task < end; task++) {
        float *keep = a->kept ? a->kept + task * a->inputs.chunks * K * Vp : NULL;
        for (int64_t i = 0; i < K; i++) padded_row(a->initial + (task * K + i) * V, V, S + i * Vp);
        if (K == 32 && V == 32) forward_head(&a->inputs, task / H, task % H, 32, 32, S, a->y, a->w, keep); /* of known size: half the time */
        else forward_head(&a->inputs, task / H, task % H, K, V, S, a->y, a->w, keep);
        for (int64_t i = 0; i < K; i++) memcpy(a->last + (task * K + i) * V, S + i * Vp, sizeof(float) * V);
    }
    free_scratch(S);
}

/* q: [B][T][H][K]. k: [B][T][J][H][K]. v, w: [B][T][J][H][V]. beta: [B][T][J][H]. decay: [B][T][H], 0 where a story starts. initial, last:
   [B][H][K][V]. y: [B][T][H][V]. kept: [B][H][chunks][K][Vp]. */
EXPORT void delta_forward(int64_t B, int64_t T, int64_t J, int64_t H, int64_t K, int64_t V, int64_t q_stride, int64_t k_stride, int64_t v_stride,
                          const float *q, const float *k, const float *v, const float *beta, const float *decay, const float *initial,
                          float *y, float *last, OPTIONAL float *w, OPTIONAL float *kept) {
    const struct delta_forward all = {{B, T, J, H, (T + CHUNK - 1) / CHUNK, q_stride, k_stride, v_stride, q, k, v, beta, decay}, K, V, initial,
                                      y, last, w, kept};
    parallel_for(B * H, B * T > 8 ? 1 : B * H, delta_of_heads, &all);
}

/* One key backwards. before, after: the states around it, before it fades, [V][Kp]. D, [K][Vp], and its transpose Dt, [V][Kp]: the gradient
   of the state after the key, and then before it. q, [Kp], and dy, [Vp]: of the token's output, where this is its last key, or NULL. e: room
   [Vp]. Gradients: dq, dk [K], dv [V]. Gives that of beta, and in `dfade` that of fade. */
INLINE float correct_backward(int64_t K, int64_t V, const float *k, const float *q, const float *w, float fade, float beta, const float *before,
                              const float *after, const float *dy, float *D, float *Dt, float *e, float *dq, float *dk, float *dv, float *dfade) {
    int64_t Kp = (K + LANES - 1) / LANES * LANES, Vp = (V + LANES - 1) / LANES * LANES;
    vec dbeta = {0}, faded = {0};
    for (int64_t c = 0; c < V; c += LANES) {
        int count = V - c < LANES ? (int)(V - c) : LANES;
        if (q)
            for (int64_t i = 0; i < K; i++) store(D + i * Vp + c, load(D + i * Vp + c) + q[i] * load(dy + c));
        vec dadded = sum_of_rows(k, D + c, K, Vp), wanted = load_some(w + c, count), dwanted = beta * dadded;
        dbeta += dadded * wanted;
        store(e + c, dwanted);
        store_some(dv + c, dwanted, count);
        for (int64_t i = 0; i < K; i++) store(D + i * Vp + c, fade * (load(D + i * Vp + c) - k[i] * dwanted));
    }
    for (int64_t i = 0; i < K; i += LANES) {
        vec key = load(k + i), query = q ? load(q + i) : key, asked = {0}, written = {0}, read = {0};
        for (int64_t c = 0; c < V; c++) {
            vec gradient = load(Dt + c * Kp + i), old = load(before + c * Kp + i);
            if (q) gradient += dy[c] * query, asked += dy[c] * load(after + c * Kp + i);
            written += w[c] * gradient;
            read += e[c] * old;
            gradient -= e[c] * key;
            faded += gradient * old;
            store(Dt + c * Kp + i, fade * gradient);
        }
        int count = K - i < LANES ? (int)(K - i) : LANES;
        if (q) store_some(dq + i, asked, count);
        store_some(dk + i, beta * written - fade * read, count);
    }
    *dfade = sum_of(faded);
    return sum_of(dbeta);
}

/* The state before each key of a chunk, and after the last: [length J + 1][V][Kp], from the one before the chunk, [K][Vp]. keys: [length J][Kp]. */
INLINE void states_of_chunk(int64_t count, int64_t J, int64_t H, int64_t K, int64_t V, const float *kept, const float *keys, const float *w, const float *beta,
                            const float *decay, float *states) {
    int64_t Kp = (K + LANES - 1) / LANES * LANES, Vp = (V + LANES - 1) / LANES * LANES;
    memset(states, 0, sizeof(float) * V * Kp);
    for (int64_t i = 0; i < K; i++)
        for (int64_t c = 0; c < V; c++) states[c * Kp + i] = kept[i * Vp + c];
    for (int64_t s = 0; s < count; s++) {
        const float *before = states + s * V * Kp, *wanted = w + s * H * V;
        float *after = states + (s + 1) * V * Kp, fade = s % J ? 1 : decay[s / J * H];
        for (int64_t i = 0; i < Kp; i += LANES) {
            vec key = beta[s * H] * load(keys + s * Kp + i);
            for (int64_t c = 0; c < V; c++) store(after + c * Kp + i, fade * load(before + c * Kp + i) + wanted[c] * key);
        }
    }
}

typedef struct {
    const float *w, *kept, *dy;
    float *dq, *dk, *dv, *dbeta, *ddecay;
} delta_gradients;

/* One head of one row. D: the gradient of the last state [K][Vp], and then of the first; Dt: its transpose. room: states [CHUNK J + 1][V][Kp],
   keys [CHUNK J][Kp], one query and two rows of values. */
INLINE void backward_head(const delta_inputs *o, const delta_gradients *g, int64_t b, int64_t h, int64_t K, int64_t V, float *D, float *Dt, float *room) {
    int64_t Kp = (K + LANES - 1) / LANES * LANES, Vp = (V + LANES - 1) / LANES * LANES, H = o->H, J = o->J;
    float *states = room, *keys = states + (CHUNK * J + 1) * V * Kp, *query = keys + CHUNK * J * Kp, *dy = query + Kp, *e = dy + Vp;
    for (int64_t chunk = o->chunks - 1; chunk >= 0; chunk--) {
        int64_t from = chunk * CHUNK, length = o->T - from < CHUNK ? o->T - from : CHUNK, first = b * o->T + from, cell = first * J * H + h;
        for (int64_t s = 0; s < length * J; s++) padded_row(o->k + (first + s / J) * o->k_stride + (s % J * H + h) * K, K, keys + s * Kp);
        states_of_chunk(length * J, J, H, K, V, g->kept + ((b * H + h) * o->chunks + chunk) * K * Vp, keys, g->w + cell * V, o->beta + cell,
                        o->decay + first * H + h, states);
        for (int64_t t = length - 1; t >= 0; t--) {
            int64_t at_token = (first + t) * H + h;
            padded_row(o->q + (first + t) * o->q_stride + h * K, K, query);
            padded_row(g->dy + at_token * V, V, dy);
            for (int64_t j = J - 1; j >= 0; j--) {
                int64_t s = t * J + j, at = cell + s * H;
                const float *before = states + s * V * Kp;
                g->dbeta[at] = correct_backward(K, V, keys + s * Kp, j == J - 1 ? query : NULL, g->w + at * V, j ? 1 : o->decay[at_token], o->beta[at],
                                                before, before + V * Kp, dy, D, Dt, e, g->dq + at_token * K, g->dk + at * K, g->dv + at * V,
                                                g->ddecay + at_token); /* the first key's stays */
            }
        }
    }
}

struct delta_backward {
    delta_inputs inputs;
    delta_gradients gradients;
    int64_t K, V;
    const float *grad_last;
    float *grad_initial;
};

static void delta_of_heads_backward(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct delta_backward *a = context;
    const int64_t K = a->K, V = a->V, Kp = (K + LANES - 1) / LANES * LANES, Vp = (V + LANES - 1) / LANES * LANES, H = a->inputs.H, J = a->inputs.J;
    float *D = scratch(sizeof(float) * (K * Vp + (CHUNK * J + 2) * V * Kp + (CHUNK * J + 1) * Kp + 2 * Vp)), *Dt = D + K * Vp, *room = Dt + V * Kp;
    (void)thread;
    for (int64_t task = begin; task < end; task++) {
        memset(Dt, 0, sizeof(float) * V * Kp);
        for (int64_t i = 0; i < K; i++) {
            padded_row(a->grad_last + (task * K + i) * V, V, D + i * Vp);
            for (int64_t c = 0; c < V; c++) Dt[c * Kp + i] = D[i * Vp + c];
        }
        if (K == 32 && V == 32) backward_head(&a->inputs, &a->gradients, task / H, task % H, 32, 32, D, Dt, room);
        else backward_head(&a->inputs, &a->gradients, task / H, task % H, K, V, D, Dt, room);
        for (int64_t i = 0; i < K; i++) memcpy(a->grad_initial + (task * K + i) * V, D + i * Vp, sizeof(float) * V);
    }
    free_scratch(D);
}

/* Gradients have the shapes of what they are of. */
EXPORT void delta_backward(int64_t B, int64_t T, int64_t J, int64_t H, int64_t K, int64_t V, int64_t q_stride, int64_t k_stride, const float *q,
                           const float *k, const float *beta, const float *decay, const float *w, const float *kept, const float *grad_y,
                           const float *grad_last, float *grad_q, float *grad_k, float *grad_v, float *grad_beta, float *grad_decay, float *grad_initial) {
    const struct delta_backward all = {{B, T, J, H, (T + CHUNK - 1) / CHUNK, q_stride, k_stride, 0, q, k, NULL, beta, decay},
                                       {w, kept, grad_y, grad_q, grad_k, grad_v, grad_beta, grad_decay}, K, V, grad_last, grad_initial};
    parallel_for(B * H, 1, delta_of_heads_backward, &all);
}
