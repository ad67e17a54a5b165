/* Flash: what a record does, a transaction record by record, and the recovery at power-on. Included by machine.pml. */

/* ---- one record takes effect ---- */
inline apply_retire() {
#ifndef FAULT_DROP_LEAVES_PROGRESS
    slot_progress[t_slot] = 0;
    slot_staged[t_slot] = 0;
#endif
    slot_evidence[t_slot] = 0;
    slot_number[t_slot] = 0;
    slot_sdi[t_slot] = 0
}

inline apply_request() {
    hold(numbers_rise, !(left_card & bit_of(t_number)) && t_number > 0);
    slot_number[t_slot] = t_number;
    slot_sdi[t_slot] = t_sdi
}

inline took_effect() {
    hold(authorization_once, !(g_used & bit_of(t_evidence)) && t_evidence != 0);
    hold(authorization_for_this_request, t_evidence == t_number);
    g_used = g_used | bit_of(t_evidence);
    g_effect = g_effect | bit_of(t_number)
}

inline apply_content() {
    took_effect();
    if
    :: operation(t_sdi) == DELETE ->
        installed[aid(t_sdi)] = 0;
        g_installed[aid(t_sdi)] = 0
    :: else ->
        hold(version_not_below_floor, admits(g_floor[aid(t_sdi)], t_sdi));
        hold(content_as_authorized, t_staged == content(t_sdi));
        installed[aid(t_sdi)] = t_staged;
        g_installed[aid(t_sdi)] = content(t_sdi);
        g_floor[aid(t_sdi)] = content(t_sdi)
    fi
}

inline apply_floor() {
    if
    :: operation(t_sdi) == LOWER ->
        took_effect();
        floor[aid(t_sdi)] = version(t_sdi) | (NO_PACKAGE << 2);
        g_floor[aid(t_sdi)] = floor[aid(t_sdi)]
    :: operation(t_sdi) == DELETE -> floor[aid(t_sdi)] = 0 /* by a fault only */
    :: else -> floor[aid(t_sdi)] = content(t_sdi)
    fi
}

inline apply_receipt() {
    hold(one_receipt_each, !(g_receipt & bit_of(t_number)));
    g_receipt = g_receipt | bit_of(t_number);
    g_receipt_number[t_number] = t_receipts - 1;
    ring[(t_receipts - 1) % RING] = t_number
}

inline apply(records) {
    if :: (records) & R_RETIRE -> apply_retire() :: else fi;
    if :: (records) & R_REQUEST -> apply_request() :: else fi;
    if :: (records) & R_EVIDENCE -> slot_evidence[t_slot] = t_evidence :: else fi;
    if :: (records) & R_PROGRESS -> slot_progress[t_slot] = t_progress; slot_staged[t_slot] = t_staged :: else fi;
    if :: (records) & R_CONTENT -> apply_content() :: else fi;
    if :: (records) & R_FLOOR -> apply_floor() :: else fi;
    if :: (records) & R_RECEIPT -> apply_receipt() :: else fi;
    if
    :: (records) & R_STATE -> f_requests = t_requests; f_receipts = t_receipts; f_collected = t_collected
    :: else
    fi
}

inline forget_transaction() {
    t_records = 0; t_done = 0; t_commit = 0; t_slot = 0; t_number = 0; t_sdi = 0; t_evidence = 0; t_progress = 0;
    t_staged = 0; t_requests = 0; t_receipts = 0; t_collected = 0
}

/* Prepares a transaction; counters are memory's until the caller says otherwise. */
inline begin(records) {
    t_records = records;
    t_slot = slot;
    t_number = slot_number[slot];
    t_sdi = slot_sdi[slot];
    t_evidence = slot_evidence[slot];
    t_progress = slot_progress[slot];
    t_staged = slot_staged[slot];
    t_requests = m_requests;
    t_receipts = m_receipts;
    t_collected = m_collected
}

/* From here on nobody can take the transaction back. Its effect is shown here at once: between commit record and seal
 * the card answers nothing, and a cut there is followed by a recovery that finds the commit record. */
inline seal() {
#ifndef FAULT_NO_COMMIT_RECORD
    apply(t_done);
#endif
    forget_transaction()
}

/* One flash operation: the next record, the commit record, or the seal. The power may fail in each. */
inline program_one() {
    if
    :: t_done != t_records ->
        if
        :: d_step {
            record = t_records & (255 - t_done);
            record = record & (255 - (record - 1)); /* the lowest bit */
            t_done = t_done | record;
#ifdef FAULT_NO_COMMIT_RECORD
            apply(record);
#endif
            record = 0
           }
        :: cut = true
        fi
    :: t_done == t_records && t_commit == 0 ->
        if
        :: t_commit = 2
        :: d_step { true; t_commit = 2; cut = true }
        :: d_step { true; t_commit = 1; cut = true }
        :: cut = true
        fi
    :: t_done == t_records && t_commit != 0 ->
        if
        :: d_step { true; seal() }
        :: cut = true
        fi
    fi
}

/* One flash operation of the recovery at power-on: the transaction at the head either counts or is made void. A commit
 * record that was cut off may read as whole or not, and differently each time. Whatever is not done here was cut again. */
inline recover_one() {
    if
    :: t_records != 0 && t_commit != 0 ->
        if
        :: t_commit == 1 -> t_commit = 2           /* reads as whole, and is programmed once more */
        :: t_commit == 1 -> t_commit = 0           /* reads as cut off, and is made void */
#ifdef FAULT_COMMIT_RECORD_ALONE_COUNTS
        :: t_commit == 1 -> t_done = t_done & (t_done - 1) /* void from the first on, and nobody counts */
#endif
        :: t_commit == 2 -> d_step { true; seal() }
        :: skip                                    /* cut again */
        fi
    :: t_records != 0 && t_commit == 0 && t_done != 0 ->
        if
        :: t_done = t_done & (t_done - 1)          /* one more record is void */
        :: skip                                    /* cut again */
        fi
    :: t_records != 0 && t_commit == 0 && t_done == 0 -> d_step { true; forget_transaction() }
    :: t_records == 0 -> d_step { true; memory_follows(); cut = false; then = IDLE; refused = false; slot = 0 }
    fi
}

/* Memory is read from flash at power-on, and follows a commit. */
inline memory_follows() {
    m_requests = f_requests; m_receipts = f_receipts; m_collected = f_collected
}
