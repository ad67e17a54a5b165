/* The card's machine for storing requests: what lies in flash, what lies in memory, and a power that may fail in any
 * flash operation, also during recovery. docs/model.md says which command and record each step stands for.
 *
 * Bounds, all by -D: SLOTS request slots, RING receipts that may wait, NREQ requests in a card's life, AIDS names.
 * Faults, by -D as well, break one rule each; without any, every assertion holds. An assertion's line carries its name.
 */
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef RING
#define RING 2
#endif
#ifndef NREQ
#define NREQ 4
#endif
#ifndef AIDS
#define AIDS 1
#endif

/* Storing data in one byte: the operation, the version, which of two packages has it, the AID, and whether it expires. */
#define STORE 1
#define REPLACE 2
#define DELETE 3
#define LOWER 4
#define operation(sdi) ((sdi) & 7)
#define version(sdi) (((sdi) >> 3) & 3)
#define package(sdi) (((sdi) >> 5) & 1)
#define aid(sdi) (((sdi) >> 6) & 1)
#define expires(sdi) ((sdi) >> 7)
/* Version and package, what an application's record and a floor's record hold; 0 is none. */
#define content(sdi) (version(sdi) | (package(sdi) << 2))
#define content_version(value) ((value) & 3)
#define content_package(value) ((value) >> 2)
/* In a floor that was lowered: no package has this digest. */
#define NO_PACKAGE 2

#define loads(sdi) (operation(sdi) == STORE || operation(sdi) == REPLACE)
#define bit_of(number) (1 << (number))

/* Records of a transaction, in the order they are programmed. */
#define R_RETIRE 1    /* deletes the four parts of a request, or of an evicted one */
#define R_REQUEST 2   /* SR */
#define R_EVIDENCE 4  /* certificates and objects of the authorization */
#define R_PROGRESS 8  /* progress, with the staged content it speaks of */
#define R_CONTENT 16  /* the application, its entries and content, or their deletion */
#define R_FLOOR 32
#define R_RECEIPT 64
#define R_STATE 128   /* counters: requests, receipts, collected */
#define LAST_RECORD 128

/* ---- flash: what was committed ---- */
byte slot_number[SLOTS];   /* request number; 0: the slot is free */
byte slot_sdi[SLOTS];
byte slot_evidence[SLOTS]; /* number of the SR that the kept authorization names; 0: none */
byte slot_progress[SLOTS]; /* 0 before block 0, 1 after it, 2 all blocks are there */
byte slot_staged[SLOTS];   /* what was staged */
byte installed[AIDS];
byte floor[AIDS];
byte ring[RING];           /* request number of the receipt kept there */
byte f_requests;           /* the last request number given out */
byte f_receipts;           /* receipts written */
byte f_collected;          /* receipts below this number were collected */

/* ---- flash: the transaction at the head of the log ---- */
byte t_records;            /* those that belong to it */
byte t_done;               /* those that were programmed */
byte t_commit;             /* the commit record: 0 erased, 1 begun, 2 programmed */
byte t_slot, t_number, t_sdi, t_evidence, t_progress, t_staged;
byte t_requests, t_receipts, t_collected;

/* ---- memory: lost with the power ---- */
byte m_requests, m_receipts, m_collected;

/* ---- the world ---- */
bit day;                   /* what expires is past its date on day 1 */
byte told_sdi[NREQ + 1];   /* the SRs that left the card, all of which the parties have authorized */
byte left_card;            /* the same as bits */
byte drained;              /* 0 life goes on, 1 everything is being finished, 2 done */

/* ---- what the assertions remember; the card does not know it ---- */
byte g_effect;             /* requests whose operation took effect, as bits */
byte g_receipt;            /* requests whose receipt was written */
byte g_answered;           /* requests whose receipt was answered */
byte g_used;               /* SRs whose authorization was used */
byte g_receipt_number[NREQ + 1];
byte last_number;          /* whose receipt is answered next */
byte g_floor[AIDS];        /* highest version stored, unless lowered since by joint authority */
byte g_installed[AIDS];

/* ---- a command under way ---- */
byte then;                 /* what follows the transaction; below */
byte slot;                 /* the slot it is about */
bool cut, refused;
byte f_second, f_slot, f_number, f_sdi, f_evidence, f_staged; /* faults only */

#define IDLE 0
#define ANSWER_SR 1
#define COMMIT 2           /* the last block was kept */
#define ANSWER_RECEIPT 3
#define REMEMBER 4         /* memory follows, nothing is answered */
#define SECOND_HALF 5      /* faults only: one more transaction */

/* ---- scratch of one step, 0 between steps ---- */
byte other, choice, record;

/* A name for each assertion, so that what failed can be read. -DONLY=NAME asks that one alone. */
mtype = {
    numbers_rise, authorization_once, authorization_for_this_request, version_not_below_floor,
    content_as_authorized, one_receipt_each, receipt_for_every_operation, answered_stays_done, receipts_counted,
    done_request_is_gone, free_slot_is_empty, number_below_counter, floor_with_content, content_with_receipt,
    receipt_kept_until_collected, receipt_below_counter, counter_without_receipt, progress
}
#ifdef ONLY
#define hold(name, condition) assert((condition) || name != ONLY)
#else
#define hold(name, condition) assert((condition) || name == 0)
#endif

#include "commands.pml"
#include "flash.pml"

/* ---- what must be true whenever the card could be asked something ---- */
inline consistent() {
    hold(receipt_for_every_operation, g_effect == g_receipt);
    hold(answered_stays_done, (g_answered & g_effect) == g_answered);
    hold(receipts_counted, f_receipts - f_collected <= RING && f_collected <= f_receipts);
    record = 0;
    do
    :: record < SLOTS ->
        hold(done_request_is_gone, slot_number[record] == 0 || !(g_effect & bit_of(slot_number[record])));
        hold(free_slot_is_empty, slot_number[record] != 0 || (slot_evidence[record] == 0 && slot_progress[record] == 0));
        hold(number_below_counter, slot_number[record] <= f_requests);
        record++
    :: else -> break
    od;
    record = 0;
    do
    :: record < AIDS ->
        hold(floor_with_content, floor[record] == g_floor[record]);
        hold(content_with_receipt, installed[record] == g_installed[record]);
        record++
    :: else -> break
    od;
    record = 1;
    do
    :: record <= NREQ ->
        hold(receipt_kept_until_collected,
            !(g_receipt & bit_of(record)) || g_receipt_number[record] < f_collected
            || ring[g_receipt_number[record] % RING] == record);
        hold(receipt_below_counter, !(g_receipt & bit_of(record)) || g_receipt_number[record] < f_receipts);
        record++
    :: else -> break
    od;
    record = 0;
    /* No counter speaks of a receipt that was never written. */
    choice = 0; other = 1;
    do
    :: other <= NREQ -> choice = choice + ((g_receipt >> other) & 1); other++
    :: else -> break
    od;
    hold(counter_without_receipt, choice == f_receipts);
    choice = 0; other = 0
}

/* ---- everything that is open gets finished, at any moment: no command may be refused now ---- */
inline finish() {
    hold(progress, !refused);
    if
    :: m_collected < m_receipts -> collect()
    :: else ->
        d_step {
            slot = 0;
            do
            :: slot < SLOTS && slot_number[slot] == 0 -> slot++
            :: else -> break
            od;
            other = 0
        };
        if
        :: slot == SLOTS -> d_step { slot = 0; drained = 2 }
        :: else ->
            if
            :: drop()
            :: possible(slot_sdi[slot]) ->
                if
                :: slot_evidence[slot] == 0 ->
                    d_step { sr_leaves(slot); begin(R_EVIDENCE); t_evidence = slot_number[slot] }
                :: slot_evidence[slot] != 0 && !loads(slot_sdi[slot]) -> commit()
                :: slot_evidence[slot] != 0 && loads(slot_sdi[slot]) && slot_progress[slot] == 0 -> load_first()
                :: slot_evidence[slot] != 0 && loads(slot_sdi[slot]) && slot_progress[slot] != 0 -> load_last()
                fi
            fi
        fi
    fi
}

inline live() {
    d_step { slot = 0; refused = false };
    if
    :: open_request()
    :: collect()
    :: cut = true
#ifdef EXPIRY
    :: day == 0 -> day = 1
#endif
    :: drained = 1
    :: skip;
        do :: slot + 1 < SLOTS -> slot++ :: break od;
        if
        :: slot_number[slot] == 0
        :: slot_number[slot] != 0 ->
            if
            :: authorize()
            :: load_first()
            :: load_last()
            :: !loads(slot_sdi[slot]) -> commit()
            :: drop()
            :: d_step { true; sr_leaves(slot) } /* GET DATA 0107 */
            fi
        fi
    fi
}

inline remember_number() {
    if :: t_records & R_RECEIPT -> last_number = t_number :: else fi
}

active proctype card() {
end:
    do
    :: atomic { cut -> recover_one() }
    :: atomic { !cut && t_records != 0 -> remember_number(); program_one() }
    :: atomic { !cut && t_records == 0 && then != IDLE -> follow() }
    :: atomic { at_rest && drained == 0 -> d_step { consistent() }; live() }
    :: atomic { at_rest && drained == 1 -> d_step { consistent() }; finish() }
    :: at_rest && drained == 2 -> break
    od
}
