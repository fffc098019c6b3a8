/* What the pool needs of the system: threads, a lock with something to wait for, a clock, and two ways to wait awake. */

#define THREAD_STACK (1 << 20) /* bytes; the systems' own defaults go from 128 KB up */

static void thread_main(int64_t index);

#ifdef _WIN32
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

typedef struct monitor {
    SRWLOCK lock;
    CONDITION_VARIABLE changed;
} monitor;

static void make_monitor(monitor *m) {
    InitializeSRWLock(&m->lock);
    InitializeConditionVariable(&m->changed);
}
static void enter(monitor *m) { AcquireSRWLockExclusive(&m->lock); }
static void leave(monitor *m) { ReleaseSRWLockExclusive(&m->lock); }
static void wait_for_change(monitor *m) { SleepConditionVariableSRW(&m->changed, &m->lock, INFINITE, 0); }
static void tell_of_change(monitor *m) { WakeConditionVariable(&m->changed); }
static void give_way(void) { SwitchToThread(); }

static int64_t nanoseconds(void) {
    LARGE_INTEGER ticks, rate;
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&rate);
    return (int64_t)(1e9 * (double)ticks.QuadPart / (double)rate.QuadPart);
}

static DWORD WINAPI begin_thread(void *index) {
    thread_main((int64_t)(intptr_t)index);
    return 0;
}

/* The library stays loaded for as long as the process lives: its threads could not be waited for while it is unloaded. */
static int start_thread(int64_t index) {
    HMODULE here;
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (LPCWSTR)(void *)begin_thread, &here);
    HANDLE thread = CreateThread(NULL, THREAD_STACK, begin_thread, (void *)(intptr_t)index, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread) CloseHandle(thread);
    return thread != NULL;
}
#else
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

typedef struct monitor {
    pthread_mutex_t lock;
    pthread_cond_t changed;
} monitor;

static void make_monitor(monitor *m) {
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->changed, NULL);
}
static void enter(monitor *m) { pthread_mutex_lock(&m->lock); }
static void leave(monitor *m) { pthread_mutex_unlock(&m->lock); }
static void wait_for_change(monitor *m) { pthread_cond_wait(&m->changed, &m->lock); }
static void tell_of_change(monitor *m) { pthread_cond_signal(&m->changed); }
static void give_way(void) { sched_yield(); }

static int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static pthread_t handles[MAX_THREADS]; /* of the threads that run */
static void forget_threads(void);

static void *begin_thread(void *index) {
    thread_main((int64_t)(intptr_t)index);
    return NULL;
}

/* Signals go to the threads that were there before, Ctrl-C among them; but a fault ends the thread that makes it. */
static int start_thread(int64_t index) {
    static int is_registered;
    if (!is_registered && pthread_atfork(NULL, NULL, forget_threads)) return 0;
    is_registered = 1;
    const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    sigset_t ours, before;
    sigfillset(&ours);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sigdelset(&ours, faults[i]);
    pthread_attr_t how;
    if (pthread_attr_init(&how)) return 0;
    pthread_attr_setstacksize(&how, THREAD_STACK);
    pthread_sigmask(SIG_SETMASK, &ours, &before);
    int failed = pthread_create(&handles[index], &how, begin_thread, (void *)(intptr_t)index);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&how);
    return !failed;
}
#endif

static inline void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb"); /* takes about as long as x86's pause; yield takes no time */
#endif
}
