/* N-grams: sorting all of a text's, and scoring tokens with a table of them (models/ngram/sorting.py, scoring.py; each
   has a numpy reference). Tokens are 16 or 32 bits wide. Legend: k is an order, a row a line of one order's table. */

INLINE uint32_t token_at(const void *tokens, int64_t wide, int64_t i) {
    return wide ? ((const uint32_t *)tokens)[i] : ((const uint16_t *)tokens)[i];
}

/* ---- sorting: a most-significant-token radix sort of the starts, in one thread for each first token at a time */

typedef struct {
    const void *tokens;
    int64_t wide, order, end_of_text;
    int64_t token_bytes; /* that differ */
} ngram_text;

#define FEW 40
#define SAME 255

/* Sorts by the token in the upper half; equal ones stay in the order that they are in. */
static void sort_by_token(uint64_t *keys, uint64_t *spare, int64_t count, int64_t token_bytes) {
    if (count <= FEW) {
        for (int64_t i = 1; i < count; i++) {
            uint64_t key = keys[i];
            int64_t j = i;
            for (; j > 0 && keys[j - 1] > key; j--) keys[j] = keys[j - 1];
            keys[j] = key;
        }
        return;
    }
    uint64_t *from = keys, *to = spare;
    for (int64_t byte = 0; byte < token_bytes; byte++) {
        int64_t places[256] = {0}, place = 0;
        int shift = 32 + 8 * (int)byte;
        for (int64_t i = 0; i < count; i++) places[(from[i] >> shift) & 255]++;
        if (places[(from[0] >> shift) & 255] == count) continue;
        for (int b = 0; b < 256; b++) {
            int64_t size = places[b];
            places[b] = place;
            place += size;
        }
        for (int64_t i = 0; i < count; i++) to[places[(from[i] >> shift) & 255]++] = from[i];
        uint64_t *other = from;
        from = to, to = other;
    }
    if (from != keys) memcpy(keys, from, count * sizeof(uint64_t));
}

/* Sorts starts that have `depth` tokens in common; common[i] becomes what start i has in common with the one before. */
static void sort_starts(const ngram_text *text, uint32_t *starts, uint8_t *common, int64_t count, int64_t depth,
                        uint64_t *keys, uint64_t *spare) {
    int ended = depth > 1 && token_at(text->tokens, text->wide, starts[0] + depth - 1) == text->end_of_text;
    if (count == 1 || depth == text->order || ended) {
        memset(common + 1, (int)depth, count - 1);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        keys[i] = (uint64_t)token_at(text->tokens, text->wide, starts[i] + depth) << 32 | starts[i];
    sort_by_token(keys, spare, count, text->token_bytes);
    starts[0] = (uint32_t)keys[0];
    for (int64_t i = 1; i < count; i++) {
        starts[i] = (uint32_t)keys[i];
        common[i] = keys[i] >> 32 == keys[i - 1] >> 32 ? SAME : (uint8_t)depth;
    }
    for (int64_t begin = 0; begin < count;) { /* the keys are made anew, so the parts can share their memory */
        int64_t end = begin + 1;
        while (end < count && common[end] == SAME) end++;
        sort_starts(text, starts + begin, common + begin, end - begin, depth + 1, keys, spare);
        begin = end;
    }
}

struct ngram_sorting {
    ngram_text text;
    int64_t *edges, largest; /* of the starts with one first token: where they are, and how many at most */
    uint32_t *starts;
    uint8_t *common;
    uint64_t **keys; /* room of each thread: NULL until it needs some */
    _Atomic int *failed;
};

static void sort_first_tokens(const void *context, int64_t from, int64_t to, int64_t thread) {
    const struct ngram_sorting *a = context;
    if (!a->keys[thread]) a->keys[thread] = malloc(2 * a->largest * sizeof(uint64_t));
    uint64_t *keys = a->keys[thread];
    if (!keys) *a->failed = 1;
    for (int64_t v = from; v < to; v++) {
        int64_t begin = a->edges[v], size = a->edges[v + 1] - begin;
        if (!size || !keys) continue;
        a->common[begin] = 0;
        sort_starts(&a->text, a->starts + begin, a->common + begin, size, 1, keys, keys + a->largest);
    }
}

/* starts: [count]; common: [count]; tokens: [count + 1], an end-of-text last. *short_of_memory: whether it was. */
EXPORT void ngram_sort(const void *tokens, int64_t wide, int64_t count, int64_t vocabulary, int64_t order,
                       int64_t end_of_text, uint32_t *starts, uint8_t *common, int64_t *short_of_memory) {
    int64_t *edges = calloc(vocabulary + 2, sizeof(int64_t)), largest = 1;
    *short_of_memory = !edges;
    if (!edges) return;
    for (int64_t i = 0; i < count; i++) edges[token_at(tokens, wide, i) + 2]++;
    for (int64_t v = 0; v < vocabulary; v++) {
        if (edges[v + 2] > largest) largest = edges[v + 2];
        edges[v + 2] += edges[v + 1];
    }
    for (int64_t i = 0; i < count; i++) starts[edges[token_at(tokens, wide, i) + 1]++] = (uint32_t)i;
    uint64_t *keys[MAX_THREADS] = {NULL};
    _Atomic int failed = 0;
    const struct ngram_sorting all = {{tokens, wide, order, end_of_text, vocabulary > 1 << 16 ? 4 : 2}, edges, largest, starts, common, keys, &failed};
    parallel_for(vocabulary, 8, sort_first_tokens, &all);
    for (int64_t i = 0; i < MAX_THREADS; i++) free(keys[i]);
    free(edges);
    *short_of_memory = failed;
}

/* ---- scoring */

typedef struct {
    const void *tokens;          /* last token of each row, sorted among the rows of one parent */
    const float *probabilities;
    OPTIONAL const float *backoffs; /* this and the next one of all orders but the highest, the last of all but the first */
    OPTIONAL const int32_t *first; /* the rows of the next order that continue row i: first[i] to first[i + 1] */
    OPTIONAL const int32_t *shorter; /* the row of the order below that is the same without its first token */
} ngram_table;

static int64_t find_child(const ngram_table *rows, int64_t wide, int64_t begin, int64_t end, uint32_t token) {
    int64_t last = end;
    while (begin < end) {
        int64_t middle = (begin + end) / 2;
        if (token_at(rows->tokens, wide, middle) < token) begin = middle + 1;
        else end = middle;
    }
    return begin < last && token_at(rows->tokens, wide, begin) == token ? begin : -1;
}

struct ngram_scoring {
    const int64_t *tokens;
    int64_t columns, order, wide;
    const ngram_table *of_orders;
    double *out;
};

static void ngram_log_probs_of_rows(const void *context, int64_t begin, int64_t end, int64_t thread) {
    const struct ngram_scoring *a = context;
    const int64_t columns = a->columns, order = a->order, wide = a->wide;
    const ngram_table *tables = a->of_orders - 1; /* tables[k]: of order k */
    double *out = a->out;
    (void)thread;
    for (int64_t r = begin; r < end; r++) {
        const int64_t *row = a->tokens + r * columns;
        int64_t k = order > 1 ? 1 : 0, at = row[0]; /* the longest end of what was read that is in the table */
        for (int64_t t = 1; t < columns; t++) {
            double probability = 1;
            int64_t child = -1;
            while (k > 0) {
                child = find_child(&tables[k + 1], wide, tables[k].first[at], tables[k].first[at + 1], (uint32_t)row[t]);
                if (child >= 0) break;
                probability *= tables[k].backoffs[at];
                at = --k > 0 ? tables[k + 1].shorter[at] : 0;
            }
            if (k == 0) child = row[t];
            k++;
            probability *= tables[k].probabilities[child];
            out[r * (columns - 1) + t - 1] = log(probability);
            at = child;
            if (k == order) at = --k > 0 ? tables[k + 1].shorter[child] : 0;
        }
    }
}

/* out[r][t] = log p(tokens[r][t + 1] | tokens[r][.. t]). of_orders: [order]. */
EXPORT void ngram_log_probs(const int64_t *tokens, int64_t rows, int64_t columns, int64_t order, int64_t wide,
                            const ngram_table *of_orders, double *out) {
    const struct ngram_scoring all = {tokens, columns, order, wide, of_orders, out};
    parallel_for(rows, 1, ngram_log_probs_of_rows, &all);
}
