/* SPDX-License-Identifier: MIT */
/* The protocol in every order: programs that keep the contract have no bad
 * one, and each broken contract has the bad one it is known for.
 *
 * Without an argument: the named programs below. "two" and "three": all
 * programs of two or three threads up to a length, from every first state of
 * the object that two or three references can make. */
#include "unit.h"
#include "world.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct world_scenario named[] = {
    // clang-format off
    /* The contract is kept. */
    {"hand over, both drop", {"", ""}, {1, 1}},
    {"owner counts, other drops", {"+-", ""}, {1, 1}},
    {"other counts, owner drops", {"", "+-"}, {1, 1}, .shared = 1},
    {"mailbox there and back", {"pt", "tp"}, {1, 1}},
    {"owner merges while others drop", {"-s", "+", "+"}, {1, 1, 1}},
    {"three drop", {"", "", ""}, {1, 1, 1}},
    {"owner exits first", {"", "+"}, {0, 1}},
    {"owner goes away and comes back", {"a+", "+"}, {1, 1}},
    {"queued, then taken back by the owner", {"+pt", "t-p"}, {1, 1}, .is_enabled = true},
    {"the last drop frees another", {"", ""}, {1, 1}, .owns_other = true},
    {"immortal before it is shown", {"mp", "t+-"}, {1, 0}},
    {"immortal, relaxed, all held by the owner", {"+op", "t+-"}, {1, 0}},
    {"registry", {"", "k"}, {1, 0}, .is_enabled = true, .is_registered = true},
    {"registry, enabled by its maker", {"e", "k-"}, {1, 1}, .shared = 1, .is_registered = true, .may_refuse = true},
    {"registry, two look", {"", "k", "k"}, {1, 0, 0}, .is_enabled = true, .is_registered = true},
    {"registry, two look, other holds", {"", "k", "k"}, {0, 1, 0}, .is_enabled = true, .is_registered = true},
    {"registry, finalizer", {"", "k"}, {1, 0}, .is_enabled = true, .is_registered = true, .dealloc = "r"},
    {"TryIncRef in its own dealloc, enabled", {"", ""}, {1, 1}, .is_enabled = true, .dealloc = "?"},
    {"TryIncRef while somebody holds it", {"", "?"}, {1, 1}, .is_enabled = true},

    /* It is broken. */
    {"immortalized during an incref", {"+", "f"}, {1, 1}, .violation = "immortal mark lost"},
    {"immortalized while another drops", {"f", ""}, {1, 1}, .violation = "immortal mark lost"},
    {"relaxed rule, another holds one", {"o", ""}, {1, 1}, .violation = "immortal mark lost"},
    {"3.15 rule, a borrower increfs", {"m", "K"}, {1, 0}, .is_registered = true, .violation = "immortal mark lost"},
    {"TryIncRef, never enabled, refuses", {"", "k"}, {1, 0}, .is_registered = true, .violation = "live object refused"},
    {"TryIncRef, never enabled, revives", {"", ""}, {1, 0}, .dealloc = "?", .violation = "dead object resurrected"},
    {"TryIncRef, no lock", {"", "?"}, {1, 0}, .is_enabled = true, .violation = "use after free"},
    {"incref of a dying object", {"", "K"}, {1, 0}, .is_registered = true, .violation = "dead object resurrected"},
    {"incref of a dying object, enabled", {"", "K"}, {1, 0}, .is_enabled = true, .is_registered = true, .violation = "dead object resurrected"},
    {"owner cleared after the merge", {"L", ""}, {1, 1}, .shared = 1, .violation = "use after free"},
    {"owner cleared before it, but seen after", {"W", ""}, {1, 1}, .shared = 1, .violation = "use after free"},
    {"count set in a deallocator", {"", "k"}, {1, 0}, .is_enabled = true, .is_registered = true, .dealloc = "S", .violation = "dead object resurrected"},
    // clang-format on
};

/* Explores one, and compares with what it should show. */
static void
check_scenario(const struct world_scenario *scenario)
{
    struct explore_result result = world_explore(scenario);

    UNIT_ROW(scenario->name);
    UNIT_STR_EQ(result.violation, scenario->violation);
    if ((result.violation == NULL) != (scenario->violation == NULL))
        fprintf(stderr, "  programs \"%s\" \"%s\" \"%s\", order %s\n",
                scenario->programs[0], scenario->programs[1],
                scenario->programs[2] ? scenario->programs[2] : "",
                result.trace);
    UNIT_ROW(NULL);
}

static void
test_named(void)
{
    for (unsigned i = 0; i < COUNT(named); i++) {
        struct explore_result result;

        check_scenario(&named[i]);
        result = world_explore(&named[i]);
        printf("%-42s %7lu states %6lu runs  %s\n", named[i].name,
               result.states, result.runs,
               result.violation ? result.violation : "no bad order");
    }
}

/* ---- all of them ---- */

static struct {
    unsigned long scenarios;
    unsigned long states;
} sum;

/* The number-th program over `acts`: its digits in that base. */
static void
spell(char *program, unsigned length, unsigned number, const char *acts)
{
    unsigned base = (unsigned)strlen(acts);

    for (unsigned i = 0; i < length; i++, number /= base)
        program[i] = acts[number % base];
    program[length] = 0;
}

static unsigned
power(unsigned base, unsigned exponent)
{
    return exponent ? base * power(base, exponent - 1) : 1;
}

/* Every way to hold up to `threads` references: who, and on which half. */
static void
each_first_state(struct world_scenario *scenario, unsigned threads)
{
    for (unsigned holders = 1; holders < 1u << threads; holders++) {
        unsigned others = 0;

        for (unsigned i = 0; i < threads; i++) {
            scenario->held[i] = holders >> i & 1;
            others += i > 0 && scenario->held[i];
        }
        /* The owner's half of an object that is not merged is never empty. */
        others -= others == (holders & 1) + others;
        for (unsigned shared = 0; shared <= others; shared++) {
            struct explore_result result;

            scenario->shared = (unsigned char)shared;
            result = world_explore(scenario);
            sum.scenarios++;
            sum.states += result.states;
            if (result.violation)
                check_scenario(scenario);
        }
    }
}

static void
test_all(unsigned threads, unsigned length, const char *owner_acts,
         const char *acts)
{
    struct world_scenario scenario = {
        .name = "generated", .is_enabled = true, .is_registered = true};
    char programs[EXPLORE_THREADS][8];
    unsigned mine = power((unsigned)strlen(owner_acts), length);
    unsigned theirs = power((unsigned)strlen(acts), length);

    for (unsigned i = 0; i < threads; i++)
        scenario.programs[i] = programs[i];
    for (unsigned i = 0; i < mine; i++)
        for (unsigned j = 0; j < theirs; j++)
            for (unsigned k = 0; k <= (threads > 2 ? j : 0); k++) {
                spell(programs[0], length, i, owner_acts);
                spell(programs[1], length, j, acts);
                spell(programs[2], length, k, acts);
                each_first_state(&scenario, threads);
            }
    printf("%u threads, %u acts each: %lu programs, %lu states\n", threads,
           length, sum.scenarios, sum.states);
    UNIT_CHECK(sum.scenarios > 0);
}

int
main(int count, char **arguments)
{
    if (count < 2)
        test_named();
    else if (!strcmp(arguments[1], "two"))
        test_all(2, 2, "+-kptsa", "+-kpt");
    else
        test_all(3, 1, "+pts", "+kpt");
    return unit_result();
}
