/* SPDX-License-Identifier: MIT */
/* text_parts.c -- see text_parts.h. Any thread; no malloc. */
#include "report/text_parts.h"

#include "report/names.h"

void
rs_text_parts_paint(struct rs_text_parts *page, const char *colour)
{
    if (page->is_coloured)
        rs_text_add(&page->text, colour);
}

void
rs_text_parts_thread(struct rs_text_parts *page, unsigned slot)
{
    const struct rs_finding_thread *thread =
        rs_names_thread(page->found, slot);

    if (slot == 0) {
        rs_text_add(&page->text, "an unknown thread");
        return;
    }
    rs_text_format(&page->text, "T%u", slot);
    if (thread != NULL && thread->name[0] != 0)
        rs_text_format(&page->text, " '%s'", thread->name);
}

void
rs_text_parts_whole_thread(struct rs_text_parts *page, unsigned slot)
{
    const struct rs_finding_thread *thread =
        rs_names_thread(page->found, slot);

    rs_text_parts_thread(page, slot);
    if (thread == NULL)
        return;
    if (thread->created_by != 0) {
        rs_text_add(&page->text, " (created by ");
        rs_text_parts_thread(page, thread->created_by);
        rs_text_add(&page->text, thread->has_ended ? ", ended)" : ")");
    }
    else if (thread->has_ended) {
        rs_text_add(&page->text, " (ended)");
    }
}

/* "local 1 + shared 2 = 3 (merged)": how a free-threaded count comes about. */
static void
print_biased_count(struct rs_text_parts *page, const struct rs_header *header)
{
    const char *state = rs_names_shared_state(rs_header_shared_state(header));

    rs_text_format(&page->text, "refcount local %u + shared %ld = %ld",
                   header->local, (long)rs_names_shared_count(header),
                   (long)rs_header_count(header));
    if (state[0] != 0)
        rs_text_format(&page->text, " (%s)", state);
    if (rs_header_is_deferred(header))
        rs_text_add(&page->text, ", deferred");
}

static void
print_count(struct rs_text_parts *page, const struct rs_finding_object *object)
{
    const struct rs_header *header = &object->header;

    if (!object->has_header)
        rs_text_add(&page->text, "refcount not read");
    else if (!object->has_count)
        rs_text_add(&page->text, "refcount unknown (freed)");
    else if (rs_header_is_split_underflow(header))
        rs_text_format(&page->text, "refcount 0x%x (wrapped below zero)",
                       header->local);
    else if (rs_header_is_immortal(header))
        rs_text_add(&page->text, "refcount immortal");
    else if (header->layout == RS_LAYOUT_FREE_THREADED)
        print_biased_count(page, header);
    else
        rs_text_format(&page->text, "refcount %ld",
                       (long)rs_header_count(header));
}

/* Default builds know no owner; there it is who made the object. */
static void
print_owner(struct rs_text_parts *page, const struct rs_finding_object *object)
{
    bool is_owned_by_unknown =
        object->has_count && object->owner == 0 &&
        rs_word_state(object->word) < RS_STATE_DYING &&
        object->header.layout == RS_LAYOUT_FREE_THREADED &&
        object->header.owner != 0;

    if (object->owner != 0 || is_owned_by_unknown) {
        rs_text_add(&page->text, ", owner ");
        rs_text_parts_thread(page, object->owner);
    }
    if (object->creator != 0 && object->creator != object->owner) {
        rs_text_add(&page->text, ", created by ");
        rs_text_parts_thread(page, object->creator);
    }
}

static void
add_mark(void *page, const char *mark)
{
    rs_text_format(&((struct rs_text_parts *)page)->text, ", %s", mark);
}

void
rs_text_parts_object(struct rs_text_parts *page)
{
    const struct rs_finding_object *object = &page->found->object;
    enum rs_state state = rs_word_state(object->word);

    rs_text_format(&page->text, "  object  0x%lx  <%s>  ",
                   (unsigned long)object->address,
                   object->type[0] != 0 ? object->type : "unknown type");
    print_count(page, object);
    print_owner(page, object);
    if (state != RS_STATE_UNKNOWN)
        rs_text_format(&page->text, ", %s", rs_names_state(state));
    rs_names_marks(object->word, add_mark, page);
    if (object->generation > 1)
        rs_text_format(&page->text, ", object number %u at this address",
                       object->generation);
    if (object->interpreter > 0)
        rs_text_format(&page->text, ", interpreter %ld",
                       (long)object->interpreter);
    rs_text_add(&page->text, "\n");
}

void
rs_text_parts_test(struct rs_text_parts *page)
{
    const struct rs_finding_test *test = &page->found->test;

    if (test->name[0] == 0 && test->worker[0] == 0)
        return;
    rs_text_format(&page->text, "  test    %s",
                   test->name[0] != 0 ? test->name : "none runs");
    if (test->is_in_other_thread)
        rs_text_add(&page->text, " (runs now; this is another thread)");
    if (test->worker[0] != 0)
        rs_text_format(&page->text, ", worker %s", test->worker);
    rs_text_add(&page->text, "\n");
}

static void
print_memory(struct rs_text_parts *page,
             const struct rs_finding_memory *memory)
{
    if (memory->bytes == 1)
        rs_text_format(&page->text, "byte %u", memory->offset);
    else
        rs_text_format(&page->text, "bytes %u to %u", memory->offset,
                       memory->offset + memory->bytes - 1);
}

static void
print_fact(struct rs_text_parts *page, char letter)
{
    const struct rs_finding_object *object = &page->found->object;

    if ((letter == 'c' || letter == 's') && !object->has_count) {
        rs_text_add(&page->text, "unknown");
        return;
    }
    switch (letter) {
    case 'c':
        rs_text_format(&page->text, "%ld",
                       (long)rs_header_count(&object->header));
        break;
    case 's':
        rs_text_format(&page->text, "%ld",
                       (long)rs_names_shared_count(&object->header));
        break;
    case 'o':
        rs_text_parts_thread(page, object->owner);
        break;
    case 'i':
        rs_text_format(&page->text, "%ld", (long)object->interpreter);
        break;
    case 'n':
        rs_text_format(&page->text, "%ld", (long)page->found->interpreter);
        break;
    case 'v':
        rs_names_version(&page->text);
        break;
    case 'm':
        print_memory(page, &page->found->memory);
        break;
    case 'l':
        rs_text_format(&page->text, "%u object%s", page->found->leaked,
                       page->found->leaked == 1 ? "" : "s");
        break;
    case 'h':
        rs_text_format(&page->text, "%u other%s", page->found->held,
                       page->found->held == 1 ? "" : "s");
        break;
    default:
        RS_CHECK(letter == '%');
        rs_text_add(&page->text, "%");
    }
}

static void
print_sentence(struct rs_text_parts *page, const char *at)
{
    for (; *at != 0; at++) {
        if (*at == '%')
            print_fact(page, *++at);
        else
            rs_text_add_bytes(&page->text, at, 1);
    }
    rs_text_add(&page->text, "\n");
}

/* Who asked for a reference stores the pointer, whether it got one or not. */
static void
print_skipped(struct rs_text_parts *page)
{
    const struct rs_finding *found = page->found;

    if (!found->is_skipped)
        return;
    rs_text_add(&page->text, "  skipped  refsan skipped the operation so that "
                             "the process can continue");
    if ((rs_event_words(found->op)->traits & RS_TRAIT_TAKES) != 0)
        rs_text_add(&page->text, "; the program keeps the pointer without a "
                                 "reference, and may crash when it uses it");
    rs_text_add(&page->text, "\n");
}

/* What a crash comes of. */
static void
print_cause(struct rs_text_parts *page, const struct rs_crash_cause *cause)
{
    if (cause->fingerprint == 0)
        return;
    rs_text_format(&page->text, "  follows  %s", cause->bug);
    if (cause->object != 0)
        rs_text_format(&page->text, ", about <%s> 0x%lx, %s",
                       cause->type[0] != 0 ? cause->type : "unknown type",
                       (unsigned long)cause->object,
                       rs_names_state(rs_word_state(cause->word)));
    rs_text_add(&page->text, "\n");
}

void
rs_text_parts_evidence(struct rs_text_parts *page)
{
    const char *label = "  because  ";

    for (unsigned i = 0; i < RS_SEEN_COUNT; i++) {
        if ((page->found->seen & UINT64_C(1) << i) == 0)
            continue;
        rs_text_add(&page->text, label);
        print_sentence(page,
                       rs_evidence_words((enum rs_seen_index)i)->sentence);
        label = "           ";
    }
    print_skipped(page);
    if (page->found->crash != NULL)
        print_cause(page, &page->found->crash->cause);
    else if (page->found->follows != 0)
        rs_text_add(&page->text, "  follows  an earlier finding on the same "
                                 "object, and may be its consequence\n");
}
