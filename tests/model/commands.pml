/* The card's commands: each checks, prepares one transaction and says what follows it. Included by machine.pml. */

#define admits(value, sdi) \
    (version(sdi) > content_version(value) \
     || (version(sdi) == content_version(value) && package(sdi) == content_package(value)))

/* request::check_operation and floor::check */
#define possible(sdi) \
    (!(expires(sdi) && day) \
     && ((operation(sdi) == STORE && installed[aid(sdi)] == 0 && admits(floor[aid(sdi)], sdi)) \
      || (operation(sdi) == REPLACE && installed[aid(sdi)] != 0 \
          && content_version(installed[aid(sdi)]) < version(sdi) && admits(floor[aid(sdi)], sdi)) \
      || (operation(sdi) == DELETE && installed[aid(sdi)] != 0 \
          && content_version(installed[aid(sdi)]) == version(sdi)) \
      || (operation(sdi) == LOWER && installed[aid(sdi)] == 0 && floor[aid(sdi)] != 0 \
          && version(sdi) < content_version(floor[aid(sdi)]))))

#ifdef FAULT_COLLECTING_MAKES_NO_ROOM
#define room_for_receipt (m_receipts < RING)
#else
#define room_for_receipt (m_receipts - m_collected < RING)
#endif

#define at_rest (!cut && t_records == 0 && then == IDLE)

inline find_free() { /* a free slot, or one whose request has expired; SLOTS if none */
    slot = 0;
    do
    :: slot < SLOTS && slot_number[slot] != 0 -> slot++
    :: else -> break
    od;
    if
    :: slot == SLOTS ->
        slot = 0;
        do
        :: slot < SLOTS && !(expires(slot_sdi[slot]) && day) -> slot++
        :: else -> break
        od
    :: else
    fi
}

inline find_same() { /* an open request with this very storing data */
    other = 0;
    do
    :: other < SLOTS && !(slot_number[other] != 0 && slot_sdi[other] == choice) -> other++
    :: else -> break
    od
}

inline sr_leaves(which) {
    told_sdi[slot_number[which]] = slot_sdi[which];
    left_card = left_card | bit_of(slot_number[which])
}

inline choose_sdi() {
    if
    :: choice = STORE | (1 << 3)
    :: choice = STORE | (2 << 3)
    :: choice = STORE | (2 << 3) | (1 << 5)
    :: choice = REPLACE | (2 << 3)
    :: choice = DELETE | (1 << 3)
    :: choice = DELETE | (2 << 3)
    :: choice = LOWER | (1 << 3)
    fi;
#if AIDS > 1
    if :: choice = choice | (1 << 6) :: skip fi;
#endif
#ifdef EXPIRY
    if :: choice = choice | (1 << 7) :: skip fi;
#endif
}

/* APPLICATION MANAGEMENT REQUEST, function 03 */
inline open_request() {
    choose_sdi();
    d_step {
        find_same();
        refused = true;
        if
        :: other < SLOTS -> refused = false; sr_leaves(other)
        :: other == SLOTS && room_for_receipt && possible(choice) && m_requests < NREQ ->
            find_free();
            if
            :: slot < SLOTS ->
                refused = false;
                begin(R_REQUEST | R_STATE);
                if :: slot_number[slot] != 0 -> t_records = t_records | R_RETIRE :: else fi;
                t_requests = m_requests + 1;
                t_number = t_requests;
                t_sdi = choice;
#ifdef FAULT_NUMBER_LATE
                t_records = t_records & (255 - R_STATE);
#endif
                then = ANSWER_SR
            :: else -> slot = 0
            fi
        :: else
        fi;
        choice = 0;
        other = 0
    }
}

/* An authorization names the digest of the SR, which is the number here; nonces never matter. */
#ifdef FAULT_NOT_BOUND_TO_REQUEST
#define names_this(number) (told_sdi[number] == slot_sdi[slot])
#else
#define names_this(number) ((number) == slot_number[slot])
#endif
#ifdef FAULT_NOT_CHECKED_AGAIN
#define still_possible true
#else
#define still_possible possible(slot_sdi[slot])
#endif
#ifdef FAULT_BLOCK_NOT_COMPARED
#define right_package true
#else
#define right_package (!loads(slot_sdi[slot]) || slot_staged[slot] == content(slot_sdi[slot]))
#endif
#ifdef FAULT_GATE_AT_OPENING_ONLY
#define gate true
#else
#define gate room_for_receipt
#endif
#define current (!(expires(slot_sdi[slot]) && day))

/* Function 04: any authorization that exists, for any request. */
inline authorize() {
    choice = 1;
    do
    :: choice < NREQ -> choice++
    :: break
    od;
    skip;
    d_step {
        refused = true;
        if
        :: (left_card & bit_of(choice)) != 0 && slot_evidence[slot] != choice && names_this(choice) && current ->
            refused = false;
            begin(R_EVIDENCE);
            t_evidence = choice
        :: else
        fi;
        choice = 0
    }
}

/* LOAD APPLICATION, block 0: what is not announced is refused, so the host might as well send the right one. */
inline load_first() {
    d_step {
        refused = true;
        if
        :: slot_evidence[slot] != 0 && loads(slot_sdi[slot]) && slot_progress[slot] == 0 ->
            refused = false;
            begin(R_PROGRESS);
            t_progress = 1;
            t_staged = content(slot_sdi[slot])
        :: else
        fi
    };
#ifdef FAULT_BLOCK_NOT_COMPARED
    if :: t_records != 0 -> t_staged = t_staged ^ 4 :: skip fi
#endif
}

/* LOAD APPLICATION, the last block: kept by a transaction of its own, unless it was kept before; the commit follows. */
inline load_last() {
    d_step {
        refused = !(slot_evidence[slot] != 0 && slot_progress[slot] != 0 && loads(slot_sdi[slot]));
        if :: !refused && slot_progress[slot] == 1 -> begin(R_PROGRESS); t_progress = 2 :: else fi;
        if :: !refused -> then = COMMIT :: else fi
    }
}

/* What every operation checks before its one transaction: evidence, operation, package, room for the receipt. */
inline check_again() {
    refused = !(slot_evidence[slot] != 0 && names_this(slot_evidence[slot]) && still_possible && right_package && gate)
}

#ifdef FAULT_RECEIPT_APART
#define SECOND (R_RECEIPT | R_STATE)
#endif
#ifdef FAULT_FLOOR_AFTERWARDS
#define SECOND R_FLOOR
#endif
#ifdef FAULT_FLOOR_FIRST
#define SECOND (R_RETIRE | R_CONTENT | R_RECEIPT | R_STATE)
#endif
#ifndef SECOND
#define SECOND 0
#endif

/* The commit of a store or replace, REMOVE APPLICATION, function 06: one transaction. */
inline commit() {
    d_step {
        check_again();
        then = IDLE;
        if
        :: refused
        :: else ->
            begin(R_RETIRE | R_RECEIPT | R_STATE);
            if
            :: operation(t_sdi) == LOWER -> t_records = t_records | R_FLOOR
            :: operation(t_sdi) == DELETE -> t_records = t_records | R_CONTENT;
#ifdef FAULT_FLOOR_GOES_WITH_APPLICATION
                t_records = t_records | R_FLOOR
#endif
            :: else -> t_records = t_records | R_CONTENT | R_FLOOR
            fi;
            t_receipts = m_receipts + 1;
            then = ANSWER_RECEIPT;
#ifdef FAULT_SLOT_KEPT
            t_records = t_records & (255 - R_RETIRE);
#endif
#ifdef FAULT_MEMORY_FIRST
            m_receipts = m_receipts + 1;
#endif
#ifdef FAULT_ANSWERED_EARLY
            g_answered = g_answered | bit_of(t_number);
#endif
            if
            :: SECOND != 0 && (SECOND != (R_RETIRE | R_CONTENT | R_RECEIPT | R_STATE) || loads(t_sdi)) ->
                f_second = t_records & SECOND;
                t_records = t_records & (255 - SECOND);
                f_number = t_number; f_sdi = t_sdi; f_evidence = t_evidence; f_staged = t_staged;
                f_slot = t_slot;
                if :: f_second != 0 -> then = SECOND_HALF :: else fi
            :: else
            fi
        fi
    };
#ifdef FAULT_MEMORY_FIRST
    if /* no room after all */
    :: t_records != 0 -> d_step { true; forget_transaction(); refused = true; then = IDLE }
    :: skip
    fi
#endif
}

/* Function 05 */
inline drop() {
    d_step { begin(R_RETIRE) }
}

/* Function 08: whoever holds a receipt names it; all up to it count as collected. */
inline collect() {
    choice = m_collected;
    do
    :: choice + 1 < m_receipts -> choice++
    :: break
    od;
    skip;
    d_step {
        refused = m_collected >= m_receipts;
        if
        :: !refused -> begin(R_STATE); t_collected = choice + 1; then = REMEMBER
        :: else
        fi;
        choice = 0
    }
}

/* What follows a transaction that is sealed. An answer may get lost on its way. */
inline follow() {
    if
    :: then == ANSWER_SR ->
#ifdef FAULT_NUMBER_LATE
        d_step { sr_leaves(slot); begin(R_STATE); t_requests = m_requests + 1; then = REMEMBER }
#else
        if
        :: d_step { true; memory_follows(); sr_leaves(slot); then = IDLE }
        :: cut = true
        fi
#endif
    :: then == COMMIT -> commit()
    :: then == ANSWER_RECEIPT ->
        if
        :: d_step {
            true;
            memory_follows();
            g_answered = g_answered | bit_of(last_number);
            last_number = 0;
            then = IDLE
           }
        :: d_step { true; last_number = 0; cut = true }
        fi
    :: then == REMEMBER -> d_step { memory_follows(); then = IDLE }
    :: then == SECOND_HALF -> d_step {
            slot = f_slot;
            begin(f_second);
            t_receipts = m_receipts + 1;
            t_number = f_number; t_sdi = f_sdi; t_evidence = f_evidence; t_staged = f_staged;
            f_second = 0; f_number = 0; f_sdi = 0; f_evidence = 0; f_staged = 0; f_slot = 0;
            then = ANSWER_RECEIPT
        }
    fi
}
