/* What this processor and its system offer, in words: those of `needs` in pocket_narrator/models/kernels/binding/levels.py. A library by
   itself, compiled for the oldest processor of its family, because the kernels are not.
   x86-64: Intel 64 and IA-32 Architectures Software Developer's Manual, vol. 1, ch. 13 and 14 (XGETBV) and vol. 2, CPUID. */
#include <string.h>

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

static char found[256];

static void put(int has, const char *word) {
    if (!has) return;
    if (found[0]) strcat(found, " ");
    strcat(found, word);
}

#if defined(__APPLE__)
#include <sys/sysctl.h>
static int answer(const char *name) {
    int value = 0;
    size_t size = sizeof value;
    return sysctlbyname(name, &value, &size, NULL, 0) == 0 && value != 0;
}
#endif

#if defined(__x86_64__)
#include <cpuid.h>

static unsigned long long registers_of_the_system(void) {
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (unsigned long long)high << 32 | low;
}

static void look(void) {
    unsigned a, b, c, d, saved = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 27 & 1)) return; /* OSXSAVE */
    saved = (unsigned)registers_of_the_system();
    int wide = (saved & 0x6) == 0x6; /* xmm, ymm */
#if defined(__APPLE__)
    int widest = answer("hw.optional.avx512f"); /* lends the registers when they are first used, so they do not show before */
#else
    int widest = wide && (saved & 0xe0) == 0xe0; /* masks, zmm */
#endif
    int tiles = (saved & 0x60000) == 0x60000;
    put(wide && c >> 12 & 1, "fma");
    put(wide && c >> 29 & 1, "f16c");
    put(c >> 22 & 1, "movbe");
    if (__get_cpuid(0x80000001, &a, &b, &c, &d)) put(c >> 5 & 1, "lzcnt");
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return;
    unsigned last = a;
    put(b >> 3 & 1, "bmi1");
    put(b >> 8 & 1, "bmi2");
    put(wide && b >> 5 & 1, "avx2");
    put(widest && b >> 16 & 1, "avx512f");
    put(widest && b >> 17 & 1, "avx512dq");
    put(widest && b >> 28 & 1, "avx512cd");
    put(widest && b >> 30 & 1, "avx512bw");
    put(widest && b >> 31 & 1, "avx512vl");
    put(widest && c >> 11 & 1, "avx512vnni");
    put(tiles && d >> 22 & 1, "amx_bf16");
    put(tiles && d >> 24 & 1, "amx_tile");
    put(tiles && d >> 25 & 1, "amx_int8");
    if (last >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) put(widest && a >> 5 & 1, "avx512bf16");
}
#elif defined(__APPLE__)
static void look(void) {
    put(answer("hw.optional.arm.FEAT_DotProd"), "dotprod");
    put(answer("hw.optional.arm.FEAT_BF16"), "bf16");
    put(answer("hw.optional.arm.FEAT_I8MM"), "i8mm");
}
#elif defined(__linux__)
#include <sys/auxv.h>
static void look(void) { /* Linux, arch/arm64/include/uapi/asm/hwcap.h */
    unsigned long first = getauxval(16 /* AT_HWCAP */), second = getauxval(26 /* AT_HWCAP2 */);
    put(first >> 20 & 1, "dotprod");
    put(second >> 14 & 1, "bf16");
    put(second >> 13 & 1, "i8mm");
}
#endif

/* Words with a blank between two of them. */
EXPORT const char *features(void) {
    found[0] = 0;
    look();
    return found;
}
