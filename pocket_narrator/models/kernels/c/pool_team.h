/* The threads, and how a caller shares its job with them.

   A job's pieces are dealt out: a stretch of neighbouring pieces for each thread, so that a thread finds in its cache what it had there in
   the job before. A thread takes the pieces of its own stretch one by one, and then those that are left in the others'. A thread that has no core
   at the moment, since another program has it, so holds up nobody: its pieces are done by those that have one. The caller waits only
   for pieces that somebody is at.

   `state` says in one word what everybody has to agree on: which job it is, for how many threads, whether it may still be joined, and
   how many have joined and not left. The job is changed only while nobody is in it. */
#include <stdatomic.h>
#include <string.h>

#define SPIN_NS 10000    /* so long a thread waits awake for the next job */
#define LINGER_NS 200000 /* and so long, giving way to other threads, where the last one came that soon: between two tokens */
#define JOIN_NS 30000    /* so long the caller waits awake for the pieces of others */

#define ACTIVE UINT64_C(0xfff)       /* of `state`: those who joined and have not left */
#define WAITING (UINT64_C(1) << 12)  /* the caller sleeps until they have */
#define OPEN (UINT64_C(1) << 13)     /* it may be joined */
#define THREADS_AT 16                /* those who may, 16 bits; and above them the job's number */
#define JOB_AT 32

static struct {
    _Alignas(128) _Atomic uint64_t state;
    int64_t count, pieces;
    piece_work work;
    const void *context;

    _Alignas(128) _Atomic int64_t limit; /* of threads, the caller among them */
    _Atomic int taken;                   /* by a caller */
    _Atomic int closing;
    int64_t threads;                     /* those that run, and the caller */

    struct {
        _Alignas(128) _Atomic uint64_t done; /* pieces of this stretch that were taken; above them the number of the job that they are of */
        _Alignas(128) monitor sleep;
        _Atomic int is_asleep;
    } of[MAX_THREADS];
} pool = {.limit = 1, .threads = 1};

static inline int64_t threads_of(uint64_t state) { return (int64_t)(state >> THREADS_AT & 0xffff); }
static inline uint32_t job_of(uint64_t state) { return (uint32_t)(state >> JOB_AT); }

/* The next piece of a stretch, or -1. */
static int64_t take_piece(int64_t stretch, uint32_t job, int64_t pieces) {
    uint64_t seen = atomic_load_explicit(&pool.of[stretch].done, memory_order_relaxed);
    for (;;) {
        int64_t done = seen >> 32 == job ? (int64_t)(uint32_t)seen : 0;
        if (done == pieces) return -1;
        if (atomic_compare_exchange_weak_explicit(&pool.of[stretch].done, &seen, (uint64_t)job << 32 | (uint64_t)(done + 1), memory_order_relaxed,
                                                  memory_order_relaxed))
            return done;
    }
}

static void do_pieces(int64_t me, uint64_t state) {
    int64_t threads = threads_of(state), pieces = pool.pieces;
    for (int64_t i = 0; i < threads; i++) {
        int64_t stretch = me + i < threads ? me + i : me + i - threads;
        int64_t first = pieces * stretch / threads, size = pieces * (stretch + 1) / threads - first, k;
        while ((k = take_piece(stretch, job_of(state), size)) >= 0) {
            int64_t piece = first + k;
            pool.work(pool.context, pool.count * piece / pieces, pool.count * (piece + 1) / pieces, me);
        }
    }
}

static void wake(int64_t thread) {
    if (!atomic_load(&pool.of[thread].is_asleep)) return;
    enter(&pool.of[thread].sleep);
    atomic_store(&pool.of[thread].is_asleep, 0);
    tell_of_change(&pool.of[thread].sleep);
    leave(&pool.of[thread].sleep);
}

/* Each wakes two more, so that many are awake soon. */
static void wake_next(int64_t me, uint64_t state) {
    for (int64_t next = 2 * me + 1; next <= 2 * me + 2 && next < threads_of(state); next++) wake(next);
}

/* ---- those who help */

static inline int is_for(int64_t me, uint64_t state, uint32_t last) { return (state & OPEN) && threads_of(state) > me && job_of(state) != last; }

/* Whether there is a job other than the last one before the thread has waited awake for as long as it may. */
static int comes_soon(int64_t me, uint32_t last, int64_t *begin, int lingers) {
    for (int64_t i = 1; !is_for(me, atomic_load_explicit(&pool.state, memory_order_relaxed), last); i++) {
        relax();
        if (i % 32) continue;
        int64_t now = nanoseconds();
        if (i == 32) *begin = now;
        if (now - *begin > (lingers ? LINGER_NS : SPIN_NS)) return 0;
        if (now - *begin > SPIN_NS) give_way();
    }
    return 1;
}

/* Until there is a job other than the last one, or none will come any more. */
static void await_job(int64_t me, uint32_t last, int *lingers) {
    int64_t begin = 0;
    if (comes_soon(me, last, &begin, *lingers)) return;
    enter(&pool.of[me].sleep);
    atomic_store(&pool.of[me].is_asleep, 1);
    while (atomic_load(&pool.of[me].is_asleep) && !is_for(me, atomic_load(&pool.state), last) && !atomic_load(&pool.closing))
        wait_for_change(&pool.of[me].sleep);
    atomic_store(&pool.of[me].is_asleep, 0);
    leave(&pool.of[me].sleep);
    *lingers = nanoseconds() - begin < LINGER_NS;
}

static void thread_main(int64_t me) {
    uint32_t last = 0;
    int lingers = 0;
    while (!atomic_load_explicit(&pool.closing, memory_order_relaxed)) {
        uint64_t state = atomic_load(&pool.state);
        if (!is_for(me, state, last)) {
            await_job(me, last, &lingers);
            continue;
        }
        if (!atomic_compare_exchange_strong(&pool.state, &state, state + 1)) continue;
        last = job_of(state);
        wake_next(me, state);
        do_pieces(me, state);
        state = atomic_fetch_sub(&pool.state, 1);
        if ((state & WAITING) && (state & ACTIVE) == 1) {
            enter(&pool.of[0].sleep);
            tell_of_change(&pool.of[0].sleep);
            leave(&pool.of[0].sleep);
        }
    }
}

/* ---- the caller */

/* So many threads as are wanted, or as the system gives. */
static int64_t started(int64_t wanted) {
    for (; pool.threads < wanted; pool.threads++) {
        if (pool.threads == 1) make_monitor(&pool.of[0].sleep);
        make_monitor(&pool.of[pool.threads].sleep);
        atomic_store(&pool.of[pool.threads].is_asleep, 0);
        if (!start_thread(pool.threads)) return pool.threads;
    }
    return wanted;
}

/* Nobody joins any more; returns when all who have are out. */
static void await_others(void) {
    int64_t begin = 0;
    uint64_t state = atomic_fetch_and(&pool.state, ~OPEN);
    for (int64_t i = 1; state & ACTIVE; i++) {
        relax();
        state = atomic_load(&pool.state);
        if (i % 32) continue;
        int64_t now = nanoseconds();
        if (i == 32) begin = now;
        if (now - begin > JOIN_NS) break;
    }
    if (!(state & ACTIVE)) return;
    enter(&pool.of[0].sleep);
    atomic_fetch_or(&pool.state, WAITING);
    while (atomic_load(&pool.state) & ACTIVE) wait_for_change(&pool.of[0].sleep);
    leave(&pool.of[0].sleep);
}

static void parallel_for_some(int64_t most, int64_t count, int64_t piece, piece_work work, const void *context) {
    if (count < 1) return;
    int64_t pieces = (count + piece - 1) / piece, threads = atomic_load_explicit(&pool.limit, memory_order_relaxed);
    threads = threads < most ? threads : most;
    threads = threads < pieces ? threads : pieces;
    if (threads > 1) pieces = (pieces + threads - 1) / threads * threads; /* as many for each */
    pieces = pieces < count ? pieces : count;
    int has_threads = threads > 1 && !atomic_exchange(&pool.taken, 1);
    if (has_threads && (threads = started(threads)) > 1) {
        uint32_t job = job_of(atomic_load(&pool.state)) + 1;
        if (job == 0) { /* numbers come again: what was taken of jobs long ago must not look as if it were of this one */
            for (int64_t i = 0; i < MAX_THREADS; i++) atomic_store(&pool.of[i].done, 0);
            job = 1;
        }
        pool.count = count, pool.pieces = pieces, pool.work = work, pool.context = context;
        uint64_t state = (uint64_t)job << JOB_AT | (uint64_t)threads << THREADS_AT | OPEN;
        atomic_store(&pool.state, state);
        wake_next(0, state);
        do_pieces(0, state);
        await_others();
    } else work(context, 0, count, 0);
    if (has_threads) atomic_store(&pool.taken, 0);
}

/* ---- from outside */

/* On how many threads jobs run from now on, the caller's own among them: 1 until it is said. */
EXPORT void set_threads(int64_t threads) { atomic_store(&pool.limit, threads < 1 ? 1 : threads < MAX_THREADS ? threads : MAX_THREADS); }

#ifndef _WIN32
/* In the child of a fork: threads are not copied. */
static void forget_threads(void) {
    atomic_store(&pool.state, atomic_load(&pool.state) >> JOB_AT << JOB_AT);
    atomic_store(&pool.taken, 0);
    pool.threads = 1;
}

/* Before the library is unloaded, and at the end of the process. */
__attribute__((destructor)) static void close_pool(void) {
    atomic_store(&pool.closing, 1);
    for (int64_t i = 1; i < pool.threads; i++) wake(i);
    for (int64_t i = 1; i < pool.threads; i++) pthread_join(handles[i], NULL);
}
#endif
