/* SPDX-License-Identifier: MIT */
/* native_name_test.c -- which functions only count for their callers, and what
 * the others are called. */
#include "report/native_name.h"

#include "unit.h"

static void
test_helpers(void)
{
    static const struct {
        const char *function;
        bool is_helper;
    } rows[] = {
        {"parse_row", false},
        {"test_decref_bug", false},
        {"PyInit_demo", false},
        {"__pyx_pf_4demo_work", false},
        {"_ZN4demo6Parser3rowEv", false},
        {"_ZN4demo3mapINS_3RefEE4findERKS1_", false},
        {"_ZL7releaseP7_object", false},
        {"", false},
        {"Py_DECREF", true},
        {"Py_XDECREF.part.0", true},
        {"_Py_Dealloc", true},
        {"_Py_MergeZeroLocalRefcount", true},
        {"__Pyx_XDECREF", true},
        {"__Pyx_ListComp_Append", true},
        {"my_incref", true},
        {"decref_checked", true},
        {"~Ref", true},
        {"operator()", true},
        {"demo::Ref::~Ref()", true},
        {"_ZN3RefD1Ev", true},
        {"_ZN4demo3RefC2EP7_object", true},
        {"_ZN4demo3RefIiED2Ev", true},
        {"_ZN4demo3RefaSERKS0_", true},
        {"_ZZN4demo4workEvENKUlvE_clEv", true},
        {"_ZN8pybind116handle7dec_refEv", true},
        {"_ZNSt10unique_ptrI3RefSt14default_deleteIS0_EED2Ev", true},
        {"_ZN4pyo33gil15register_decref17h0123456789abcdefE", true},
        {"_ZL9my_decrefP7_object", true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        UNIT_ROW(rows[i].function);
        UNIT_EQ(rs_native_name_is_helper(rows[i].function), rows[i].is_helper);
    }
    UNIT_ROW(NULL);
}

/* A user's own may be all there is to name. */
static void
test_common(void)
{
    UNIT_CHECK(!rs_native_name_is_common("try_incref"));
    UNIT_CHECK(!rs_native_name_is_common("_ZL9my_decrefP7_object"));
    UNIT_CHECK(rs_native_name_is_common("Py_XDECREF"));
    UNIT_CHECK(rs_native_name_is_common("_ZN3RefD1Ev"));
    UNIT_CHECK(rs_native_name_is_common("~Ref"));
}

static void
test_plain(void)
{
    static const char *const rows[][2] = {
        {"parse_row", "parse_row"},
        {"parse_row.constprop.0", "parse_row"},
        {"_ZN4demo6Parser3rowEv", "demo*Parser*row"},
        {"_ZNK4demo3mapIN5other1TEE4findERKS1_", "demo*map*find"},
        {"_ZN4demo3fixILi5EE3runEv", "demo*fix*run"},
        {"_ZL7releaseP7_object", "release"},
        {"_Z7releasev", "release"},
        {"_ZN", "_ZN"},
        {"_ZN99cutEv", "_ZN99cutEv"},
        {"_ZN4demo3mapIN5ot", "demo*map"},
        {"", ""},
    };
    char name[64];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        UNIT_STR_EQ(rs_native_name_plain(rows[i][0], name, sizeof(name)),
                    rows[i][1]);
}

int
main(void)
{
    test_helpers();
    test_common();
    test_plain();
    return unit_result();
}
