/* The narrative mixer's scan and the reading of its tracks (narrative.py). Tracks are whole blocks of 16 channels. */

#define MAX_TRACKS 16

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

static int64_t scan_tracks_tasks(const scan_tracks_operation *o, const decode_step *s) { return s->runs * o->channels / LANES; }

static void scan_tracks(const scan_tracks_operation *o, const decode_step *s, float *own, float *all, int64_t begin, int64_t end) {
    (void)own, (void)all;
    int64_t E = o->channels, N = o->states, R = o->rank, tracks = o->tracks, blocks = E / LANES;
    const float *steps = o->steps, *bias = o->bias, *slowest = o->slowest, *range = o->range, *rates = o->rates, *skips = o->skip;
    const int64_t *edges = o->edges;
    for (int64_t task = begin; task < end; task++) {
        int64_t run = task / blocks, e = task % blocks * LANES, track = 0;
        while (edges[track + 1] <= e) track++;
        float *state = o->state + s->slots[run] * N * E + e, weights[MAX_TRACKS];
        for (int64_t r = s->first[run]; r < s->first[run + 1]; r++) {
            const float *low = row_of(o->selected, r), *input = low + R + track * 2 * N, *output = input + N;
            track_weights(o->router.at ? row_of(o->router, r) : NULL, tracks, weights);
            vec place = load(bias + e), u = load(row_of(o->u, r) + e);
            for (int64_t i = 0; i < R; i++) place += low[i] * load(steps + i * E + e);
            vec d = exp_vec(load(slowest + e) + load(range + e) * sigmoid_vec(place)) * weights[track];
            vec fade = exp2_vec(d * load(rates + e)), step = d * u, sum = u * load(skips + e);
            for (int64_t n = 0; n < N; n++) {
                vec h = fade * load(state + n * E) + step * input[n];
                store(state + n * E, h);
                sum += h * output[n];
            }
            store(row_of(o->output, r) + e, sum);
        }
    }
}

static int64_t read_tracks_room(const read_tracks_operation *o) {
    return o->cross_width && !(o->open && o->qkv && o->back) ? LACKING : (3 * o->tracks + 1) * o->cross_width;
}

static int64_t read_tracks_tasks(const read_tracks_operation *o, const decode_step *s) { (void)o; return s->rows; }

static void read_tracks(const read_tracks_operation *o, const decode_step *s, float *own, float *all, int64_t begin, int64_t end) {
    (void)s, (void)all;
    int64_t tracks = o->tracks, w = o->cross_width;
    const int64_t *edges = o->edges;
    const float *gain = o->gain;
    float *qkv = own, *mixed = own + 3 * w * tracks;
    for (int64_t r = begin; r < end; r++) {
        const float *y = row_of(o->y, r), *gate = row_of(o->gate, r);
        float *out = row_of(o->output, r), weights[MAX_TRACKS];
        track_weights(o->reader.at ? row_of(o->reader, r) : NULL, tracks, weights);
        for (int64_t k = 0; k < tracks; k++) {
            vec squares = {0};
            for (int64_t e = edges[k]; e < edges[k + 1]; e += LANES) squares += load(y + e) * load(y + e);
            float factor = 1.0f / sqrtf(sum_of(squares) / (edges[k + 1] - edges[k]) + (float)o->epsilon);
            for (int64_t e = edges[k]; e < edges[k + 1]; e += LANES) store(out + e, load(y + e) * factor * load(gain + e));
        }
        if (w) {
            memset(qkv, 0, sizeof(float) * 3 * w * tracks);
            for (int64_t k = 0; k < tracks; k++)
                for (int64_t e = edges[k]; e < edges[k + 1]; e++)
                    for (int64_t i = 0; i < 3 * w; i++) qkv[k * 3 * w + i] += out[e] * o->qkv[e * 3 * w + i];
            for (int64_t k = 0; k < tracks; k++) {
                float scores[MAX_TRACKS], shares[MAX_TRACKS];
                for (int64_t j = 0; j < tracks; j++) {
                    scores[j] = 0;
                    for (int64_t i = 0; i < w; i++) scores[j] += qkv[k * 3 * w + i] * qkv[j * 3 * w + w + i];
                    scores[j] /= sqrtf((float)w);
                }
                track_weights(scores, tracks, shares);
                for (int64_t i = 0; i < w; i++) {
                    mixed[i] = 0;
                    for (int64_t j = 0; j < tracks; j++) mixed[i] += shares[j] / tracks * qkv[j * 3 * w + 2 * w + i];
                    mixed[i] *= o->open[k];
                }
                const float *back = o->back + w * edges[k];
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
