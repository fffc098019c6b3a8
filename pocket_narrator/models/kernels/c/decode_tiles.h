/* Sums of products in tiles of 16 rows of 64 bytes (Intel AMX: Intel 64 and IA-32 Architectures Software Developer's Manual, vol. 1,
   ch. 18). One instruction takes 16 lines of 16 cells, 16 x 16 weights, and 16 x 16 sums. A line's sums do not depend on the
   other lines: each instruction adds, for each output, the products of its 16 cells in their order. Inputs and results below
   2^-126 are taken for zero. */

#if defined(__linux__) && defined(__AMX_BF16__) && defined(__AMX_INT8__)
#include <sys/syscall.h>
#include <unistd.h>

/* Linux lends the registers of tiles to processes that ask for them. Asking again is harmless. */
EXPORT int have_tiles(void) {
    static _Atomic int answer = -1;
    if (answer < 0) answer = syscall(SYS_arch_prctl, 0x1023 /* ARCH_REQ_XCOMP_PERM */, 18 /* XTILEDATA */) == 0;
    return answer;
}

/* The compiler does not know that tiles read and write memory. */
#define SETTLE(p) __asm__ volatile("" : : "r"(p) : "memory")

/* For up to 32 lines. 0 and 1: their cells; 2 and 3: weights; 4 to 7: sums of the first 16 lines, and of the others. */
static void shape_tiles(int64_t lines) {
    struct {
        uint8_t palette, start, unused[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } shape = {.palette = 1};
    int first = lines < 16 ? (int)lines : 16, second = lines > 16 ? (int)lines - 16 : 1;
    const int rows[8] = {first, second, 16, 16, first, first, second, second};
    for (int i = 0; i < 8; i++) shape.bytes[i] = 64, shape.rows[i] = (uint8_t)rows[i];
    SETTLE(&shape);
    _tile_loadconfig(&shape);
}

#define SUM_TILES(FORM, MULTIPLY)                                                                                         \
    static void sum_tiles_##FORM(int lines, const uint32_t *cells, int64_t count, const char *weights, vec sums[][WIDE]) { \
        SETTLE(cells);                                                                                                    \
        for (int j = 0; j < WIDE; j += 2, weights += 8 * LANES) {                                                         \
            const char *w = weights;                                                                                      \
            _tile_zero(4);                                                                                                \
            _tile_zero(5);                                                                                                \
            _tile_zero(6);                                                                                                \
            _tile_zero(7);                                                                                                \
            for (int64_t c = 0; c < count; c += LANES, w += LANES * 4 * GROUP) {                                          \
                _tile_loadd(0, cells + c, 4 * count);                                                                     \
                _tile_loadd(2, w, 4 * GROUP);                                                                             \
                MULTIPLY(4, 0, 2);                                                                                        \
                _tile_loadd(3, w + 4 * LANES, 4 * GROUP);                                                                 \
                MULTIPLY(5, 0, 3);                                                                                        \
                if (lines > 16) {                                                                                         \
                    _tile_loadd(1, cells + 16 * count + c, 4 * count);                                                    \
                    MULTIPLY(6, 1, 2);                                                                                    \
                    MULTIPLY(7, 1, 3);                                                                                    \
                }                                                                                                         \
            }                                                                                                             \
            _tile_stored(4, &sums[0][j], 4 * GROUP);                                                                      \
            _tile_stored(5, &sums[0][j + 1], 4 * GROUP);                                                                  \
            if (lines > 16) {                                                                                             \
                _tile_stored(6, &sums[16][j], 4 * GROUP);                                                                 \
                _tile_stored(7, &sums[16][j + 1], 4 * GROUP);                                                             \
            }                                                                                                             \
        }                                                                                                                 \
        SETTLE(sums);                                                                                                     \
    }
SUM_TILES(PAIRS, _tile_dpbf16ps)
SUM_TILES(BYTES, _tile_dpbusd)

static void release_tiles(void) {
    if (have_tiles()) _tile_release();
}
#else
EXPORT int have_tiles(void) { return 0; }
static void shape_tiles(int64_t lines) { (void)lines; }
static void release_tiles(void) {}
#define sum_tiles_PAIRS sum_group_PAIRS
#define sum_tiles_BYTES sum_group_BYTES
#endif
