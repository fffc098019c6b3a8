/* What Python asks the library for when it loads it: the constants that both sides need, and the sizes of the structs that Python
   fills, which have to be what it has made of their declarations. */

typedef struct {
    const char *name;
    int64_t value;
} constant;

#define VALUE(name) {#name, name},
#define SIZE(type) {"sizeof " #type, sizeof(type)},
#define OPERATION(name) VALUE(OPERATION_##name) SIZE(name##_operation)

/* Ended by one without a name. */
EXPORT const constant *constants(void) {
    static const constant table[] = {
        VALUE(LANES) VALUE(GROUP) VALUE(SPAN) VALUE(CHUNK)
        VALUE(MAX_STATE) VALUE(MAX_TAPS) VALUE(MAX_TRACKS) VALUE(MAX_HEAD_WIDTH)
        OPERATIONS(OPERATION)
        SIZE(activations) SIZE(operation) SIZE(decode_step) SIZE(ngram_table)
        {NULL, 0},
    };
    return table;
}

/* The hash of the sources that this was compiled from: a library of others is not taken. */
#ifndef SOURCES
#define SOURCES ""
#endif
EXPORT const char *sources(void) { return SOURCES; }
