/* The narrative mixer's scan and the reading of its tracks (narrative.py). Tracks are whole blocks of 16 channels. */

#define MOST_TRACKS 16

/* weights[k] = tracks x softmax(logits)[k]; ones without logits. */
static void track_weights(const float *logits, int64_t tracks, float *weights) {
    float top = -INFINITY, total = 0;
    for (int64_t k = 0; k < tracks; k++) {
        weights[k] = 1;
        if (logits && logits[k] > top) top = logits[k];
    }
    if (!logits) return;
    for (int64_t k = 0; k < tracks; k++) total += weights[k] = expf(logits[k] - top);
    for (int64_t k = 0; k < tracks; k++) weights[k] *= tracks / total;
}

/* n: E, N, R, stride of u, stride of what is selected, stride of the router's logits, output stride, tracks.
   p: u, selected (R low-rank steps, then N inputs and N outputs of each track), router's logits (or NULL), step weights [R][E], step
   bias [E], logarithms of the slowest steps [E], and how far the fastest are above them [E], rates A log2(e) [E], skip [E], state
   [slot][N][E], output, first channel of each track and E [tracks + 1]. */
static void scan_tracks(const operation *o, const decode_step *s) {
    int64_t E = o->n[0], N = o->n[1], R = o->n[2], tracks = o->n[7], blocks = E / LANES;
    const float *steps = o->p[3], *bias = o->p[4], *slowest = o->p[5], *range = o->p[6], *rates = o->p[7], *skips = o->p[8];
    const int64_t *edges = o->p[11];
#pragma omp for schedule(static)
    for (int64_t task = 0; task < s->runs * blocks; task++) {
        int64_t run = task / blocks, e = task % blocks * LANES, track = 0;
        while (edges[track + 1] <= e) track++;
        float *state = (float *)o->p[9] + s->slots[run] * N * E + e, weights[MOST_TRACKS];
        for (int64_t r = s->first[run]; r < s->first[run + 1]; r++) {
            const float *low = (const float *)o->p[1] + r * o->n[4], *input = low + R + track * 2 * N, *output = input + N;
            track_weights(o->p[2] ? (const float *)o->p[2] + r * o->n[5] : NULL, tracks, weights);
            vec place = load(bias + e), u = load((const float *)o->p[0] + r * o->n[3] + e);
            for (int64_t i = 0; i < R; i++) place += low[i] * load(steps + i * E + e);
            vec d = exp_vec(load(slowest + e) + load(range + e) * sigmoid_vec(place)) * weights[track];
            vec fade = exp2_vec(d * load(rates + e)), step = d * u, sum = u * load(skips + e);
            for (int64_t n = 0; n < N; n++) {
                vec h = fade * load(state + n * E) + step * input[n];
                store(state + n * E, h);
                sum += h * output[n];
            }
            store((float *)o->p[10] + r * o->n[6] + e, sum);
        }
    }
}

/* Each track through a norm of its own, the other tracks' news, and the gates. n: E, tracks, stride of y, stride of the gates,
   stride of the reader's logits, output stride, width of the cross-track attention (0: none). f: epsilon.
   p: y, gates, reader's logits (or NULL), gain [E], edges [tracks + 1], output, how open the way back is [tracks], queries, keys and
   values of each track [track width][3 w] one after the other, ways back of each track [w][track width] one after the other. */
static void read_tracks(const operation *o, const decode_step *s, float *own) {
    int64_t E = o->n[0], tracks = o->n[1], w = o->n[6];
    const int64_t *edges = o->p[4];
    const float *gain = o->p[3];
    float *qkv = own, *mixed = own + 3 * w * tracks;
#pragma omp for schedule(static)
    for (int64_t r = 0; r < s->rows; r++) {
        const float *y = (const float *)o->p[0] + r * o->n[2], *gate = (const float *)o->p[1] + r * o->n[3];
        float *out = (float *)o->p[5] + r * o->n[5], weights[MOST_TRACKS];
        track_weights(o->p[2] ? (const float *)o->p[2] + r * o->n[4] : NULL, tracks, weights);
        for (int64_t k = 0; k < tracks; k++) {
            vec squares = {0};
            for (int64_t e = edges[k]; e < edges[k + 1]; e += LANES) squares += load(y + e) * load(y + e);
            float factor = 1.0f / sqrtf(sum_of(squares) / (edges[k + 1] - edges[k]) + (float)o->f[0]);
            for (int64_t e = edges[k]; e < edges[k + 1]; e += LANES) store(out + e, load(y + e) * factor * load(gain + e));
        }
        if (w) {
            memset(qkv, 0, sizeof(float) * 3 * w * tracks);
            for (int64_t k = 0; k < tracks; k++)
                for (int64_t e = edges[k]; e < edges[k + 1]; e++)
                    for (int64_t i = 0; i < 3 * w; i++) qkv[k * 3 * w + i] += out[e] * ((const float *)o->p[7])[e * 3 * w + i];
            for (int64_t k = 0; k < tracks; k++) {
                float scores[MOST_TRACKS], shares[MOST_TRACKS];
                for (int64_t j = 0; j < tracks; j++) {
                    scores[j] = 0;
                    for (int64_t i = 0; i < w; i++) scores[j] += qkv[k * 3 * w + i] * qkv[j * 3 * w + w + i];
                    scores[j] /= sqrtf((float)w);
                }
                track_weights(scores, tracks, shares);
                for (int64_t i = 0; i < w; i++) {
                    mixed[i] = 0;
                    for (int64_t j = 0; j < tracks; j++) mixed[i] += shares[j] / tracks * qkv[j * 3 * w + 2 * w + i];
                    mixed[i] *= ((const float *)o->p[6])[k];
                }
                const float *back = (const float *)o->p[8] + w * edges[k];
                int64_t width = edges[k + 1] - edges[k];
                for (int64_t i = 0; i < w; i++)
                    for (int64_t e = 0; e < width; e++) out[edges[k] + e] += mixed[i] * back[i * width + e];
            }
        }
        for (int64_t k = 0; k < tracks; k++)
            for (int64_t e = edges[k]; e < edges[k + 1]; e += LANES) {
                vec g = load(gate + e);
                store(out + e, load(out + e) * weights[k] * g * sigmoid_vec(g));
            }
    }
}
