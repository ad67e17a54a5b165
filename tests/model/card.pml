/* The card's side of storing: requests, authorizations, the commit, receipts, and power that goes at any moment.
 * docs/model.md says what each part stands for and what is left out. Everybody outside the card is one process that may
 * send any command at any time, with any authorization that the parties ever gave.
 *
 * -DFAULT=n plants a fault that the checks must find:
 *   1 receipt in a second transaction      5 sixteen uncollected receipts do not stop the next
 *   2 floor in a second transaction        6 an authorization is not compared with the request's number
 *   3 request numbers not kept over a cut  7 floor checked when the request is opened, not at the commit
 *   4 the commit leaves the request open   8 content before the rest, each in a transaction of its own
 *   9 one VERIFY is good for more than one operation
 */

#ifndef FAULT
#define FAULT 0
#endif

#define SLOTS    2   /* open requests; 4 on the card */
#define GATE     2   /* receipts that wait to be collected; 16 on the card */
#define NUMBERS  4   /* requests in a card's life */
#define VERSIONS 2   /* versions of the one application, from 1 */

#define NONE    0
#define STORE   1
#define REPLACE 2
#define DELETE  3
#define LOWER   4

typedef Slot {
    byte number;      /* 0: free */
    byte operation;
    byte version;
    byte by;          /* request number for which the kept authorization was given; 0: none */
    bit  loaded       /* blocks are staged */
};

/* What lies on flash. */
typedef Flash {
    Slot slot[SLOTS];
    byte requests;    /* the last number given */
    byte content;     /* version that is stored; 0: none */
    byte floor;       /* lowest version, 0: none */
    bit  lowered;     /* the floor itself was lowered, so nothing has its digest */
    byte written;     /* receipts */
    byte collected;
    byte held[GATE]   /* request numbers of the newest receipts */
};

Flash kept;           /* the state that a reader of the flash finds */
Flash next;           /* records of the transaction under way, not published */
bit published;        /* the one program that makes them count is done, the old records are not yet destroyed */

/* RAM */
bit consent;          /* a VERIFY not used up */

/* What the checks remember; the card knows none of it. */
byte done = 0;                   /* operations carried out */
byte receipt_of[NUMBERS + 1];    /* request of the n-th operation */
bit  used[NUMBERS + 1];          /* an authorization for this request changed something */
bit  dropped[NUMBERS + 1];
byte what[NUMBERS + 1];          /* operation and version that the SR with this number asked for: what the parties agreed to */
byte which[NUMBERS + 1];
byte least = 0;                  /* no version below may be stored */
bit  least_lowered = 0;
byte present = 0;                /* what must be there */
byte verified = 0;               /* consents given less those taken; never below 0 */

byte s, operation, version, authorization, count;
bit  stage;                      /* which part of a commit in two transactions */

/* Promela assigns no records. */
#define COPY(to, from) \
    count = 0; \
    do \
    :: count < SLOTS -> \
        to.slot[count].number = from.slot[count].number; to.slot[count].operation = from.slot[count].operation; \
        to.slot[count].version = from.slot[count].version; to.slot[count].by = from.slot[count].by; \
        to.slot[count].loaded = from.slot[count].loaded; count++ \
    :: else -> break \
    od; \
    count = 0; \
    do \
    :: count < GATE -> to.held[count] = from.held[count]; count++ \
    :: else -> break \
    od; \
    to.requests = from.requests; to.content = from.content; to.floor = from.floor; to.lowered = from.lowered; \
    to.written = from.written; to.collected = from.collected; count = 0

/* A place where the power may go. */
#define CUT if :: goto cut :: skip fi

#define FREE(slot_) \
    slot_.number = 0; slot_.operation = NONE; slot_.version = 0; slot_.by = 0; slot_.loaded = 0

#define BEGIN d_step { COPY(next, kept) }

/* Records are written: nobody sees them. One program publishes them all: `effects` is what the world then has to reckon with.
 * What they supersede is destroyed afterwards. */
#define TRANSACTION(effects) \
    CUT; \
    atomic { published = 1; effects }; \
    CUT; \
    atomic { d_step { COPY(kept, next) }; published = 0; CLEAR_NEXT }

/* Not state: the same flash is one state whatever was written there before. */
#define CLEAR_NEXT d_step { COPY(next, kept) }

#define WAITING (kept.written - kept.collected)
#define ADMITS(v) (v > kept.floor || (v == kept.floor && !kept.lowered))
#define POSSIBLE(o, v) \
    ((o == STORE && kept.content == 0 && ADMITS(v)) || \
     (o == REPLACE && kept.content != 0 && v > kept.content && ADMITS(v)) || \
     (o == DELETE && kept.content == v && kept.content != 0) || \
     (o == LOWER && kept.content == 0 && v < kept.floor))
/* Fault 7 asks only who may replace or delete what is there. */
#define POSSIBLE_AT_COMMIT(o, v) \
    (POSSIBLE(o, v) || (FAULT == 7 && ((o == STORE && kept.content == 0) || (o == REPLACE && kept.content != 0))))

#define TAKE_CONSENT \
    if :: FAULT == 9 :: else -> consent = 0 fi; \
    assert(verified > 0); verified--

/* What is true whenever no transaction is under way. */
#define CHECK \
    atomic { \
        assert(kept.content == present); \
        assert(kept.written == done); \
        assert(kept.written - kept.collected <= GATE); \
        count = kept.collected; \
        do \
        :: count < kept.written -> \
            assert(kept.held[count % GATE] == receipt_of[count]); count++ \
        :: else -> break \
        od; \
        count = 0 \
    }

/* The world at the moment an operation is published. */
#define CARRIED_OUT(number_, by_, operation_, version_) \
    assert(by_ == number_); \
    assert(!used[by_] && !dropped[by_]); \
    assert(what[by_] == operation_ && which[by_] == version_); \
    used[by_] = 1; \
    if \
    :: operation_ == STORE || operation_ == REPLACE -> \
        assert(version_ > least || (version_ == least && !least_lowered)); \
        least = version_; least_lowered = 0; present = version_ \
    :: operation_ == DELETE -> present = 0 \
    :: operation_ == LOWER -> least = version_; least_lowered = 1 \
    fi; \
    receipt_of[done] = number_; \
    done++

/* The parts of a commit in `next`. */
#define PUT_CONTENT \
    if \
    :: operation == STORE || operation == REPLACE -> next.content = version \
    :: operation == DELETE -> next.content = 0 \
    :: else \
    fi
#define PUT_FLOOR \
    if \
    :: operation == STORE || operation == REPLACE -> next.floor = version; next.lowered = 0 \
    :: operation == LOWER -> next.floor = version; next.lowered = 1 \
    :: else \
    fi
#define PUT_RECEIPT \
    next.held[next.written % GATE] = kept.slot[s].number; next.written = next.written + 1
#define RETIRE \
    if :: FAULT == 4 :: else -> FREE(next.slot[s]) fi

active proctype card_and_world()
{
    d_step { COPY(next, kept) };

idle:
    CHECK;
    do
    /* VERIFY of the consent PIN, by the holder. */
    :: consent == 0 -> atomic { consent = 1; verified = 1 }

    /* APPLICATION MANAGEMENT REQUEST 03: open. */
    :: kept.requests < NUMBERS && consent ->
        atomic {
            select(operation : STORE .. LOWER);
            select(version : 0 .. VERSIONS);
            select(s : 0 .. SLOTS - 1);
            if
            :: kept.slot[s].number == 0 && (version > 0 || operation == LOWER) &&
               (WAITING < GATE || FAULT == 5) && POSSIBLE(operation, version) -> TAKE_CONSENT
            :: else -> goto idle
            fi
        };
        BEGIN;
        d_step {
            next.requests = kept.requests + 1;
            next.slot[s].number = next.requests;
            next.slot[s].operation = operation;
            next.slot[s].version = version;
        };
        TRANSACTION(what[next.requests] = operation; which[next.requests] = version; skip);
        goto idle

    /* APPLICATION MANAGEMENT REQUEST 04: authorize, with whatever was agreed for any request. */
    :: kept.requests > 0 ->
        atomic {
            select(s : 0 .. SLOTS - 1);
            select(authorization : 1 .. NUMBERS);
            if
            :: kept.slot[s].number != 0 && authorization <= kept.requests && what[authorization] != NONE &&
               kept.slot[s].by == 0 &&
               (authorization == kept.slot[s].number ||
                (FAULT == 6 && what[authorization] == kept.slot[s].operation &&
                 which[authorization] == kept.slot[s].version))
            :: else -> goto idle
            fi
        };
        BEGIN;
        d_step { next.slot[s].by = authorization };
        TRANSACTION(skip);
        goto idle

    /* LOAD APPLICATION, all blocks but the last. */
    :: kept.requests > 0 ->
        atomic {
            select(s : 0 .. SLOTS - 1);
            if
            :: kept.slot[s].by != 0 && !kept.slot[s].loaded &&
               (kept.slot[s].operation == STORE || kept.slot[s].operation == REPLACE)
            :: else -> goto idle
            fi
        };
        BEGIN;
        d_step { next.slot[s].loaded = 1 };
        TRANSACTION(skip);
        goto idle

    /* The last block, REMOVE APPLICATION, or APPLICATION MANAGEMENT REQUEST 06: everything is checked again, then done. */
    :: kept.requests > 0 ->
        atomic {
            select(s : 0 .. SLOTS - 1);
            operation = kept.slot[s].operation;
            version = kept.slot[s].version;
            if
            :: kept.slot[s].by != 0 && (kept.slot[s].loaded || operation == DELETE || operation == LOWER) &&
               (WAITING < GATE || FAULT == 5) && POSSIBLE_AT_COMMIT(operation, version) &&
               (consent || operation == STORE) ->
                if :: operation != STORE -> TAKE_CONSENT :: else fi
            :: else -> operation = NONE; version = 0; goto idle
            fi
        };
        BEGIN;
#if FAULT == 1
        d_step { PUT_CONTENT; PUT_FLOOR; RETIRE };
        TRANSACTION(CARRIED_OUT(kept.slot[s].number, kept.slot[s].by, operation, version));
        CUT;
        d_step { next.held[next.written % GATE] = receipt_of[done - 1]; next.written = next.written + 1 };
        TRANSACTION(skip);
#elif FAULT == 2
        d_step { PUT_CONTENT; RETIRE; PUT_RECEIPT };
        TRANSACTION(CARRIED_OUT(kept.slot[s].number, kept.slot[s].by, operation, version));
        CUT;
        d_step { PUT_FLOOR };
        TRANSACTION(skip);
#elif FAULT == 8
        d_step { PUT_CONTENT };
        TRANSACTION(skip);
        CUT;
        d_step { PUT_FLOOR; RETIRE; PUT_RECEIPT };
        TRANSACTION(CARRIED_OUT(kept.slot[s].number, kept.slot[s].by, operation, version));
#else
        d_step { PUT_CONTENT; PUT_FLOOR; PUT_RECEIPT; RETIRE };
        TRANSACTION(CARRIED_OUT(kept.slot[s].number, kept.slot[s].by, operation, version));
#endif
        atomic { operation = NONE; version = 0 };
        goto idle

    /* APPLICATION MANAGEMENT REQUEST 05: drop. */
    :: consent ->
        atomic {
            select(s : 0 .. SLOTS - 1);
            if :: kept.slot[s].number != 0 -> TAKE_CONSENT :: else -> goto idle fi
        };
        BEGIN;
        d_step { FREE(next.slot[s]) };
        TRANSACTION(dropped[kept.slot[s].number] = 1; skip);
        goto idle

    /* APPLICATION MANAGEMENT REQUEST 08: somebody who holds receipt n, and the ones before, says so. */
    :: WAITING > 0 ->
        BEGIN;
        d_step { next.collected = next.collected + 1 };
        TRANSACTION(skip);
        goto idle

    /* The power goes while nothing happens. */
    :: goto cut

    /* Nobody attacks any more: what is open can be dropped, what waits can be collected, and a good version stored. */
    :: goto afterwards
    od;

cut:
    /* RAM is gone. Recovery finds what was published and finishes it, or forgets what was not; and is cut itself. */
    atomic {
        consent = 0; verified = 0; s = 0; operation = NONE; version = 0; authorization = 0; count = 0
    };
    if
    :: published ->
        CUT;
        atomic { d_step { COPY(kept, next) }; published = 0 }
    :: else -> d_step { COPY(next, kept) }
    fi;
#if FAULT == 3
    d_step {
        kept.requests = 0; count = 0;
        do
        :: count < SLOTS ->
            if :: kept.slot[count].number > kept.requests -> kept.requests = kept.slot[count].number :: else fi;
            count++
        :: else -> break
        od;
        count = 0; next.requests = kept.requests
    };
#endif
    goto idle;

afterwards:
    atomic {
        count = 0;
        do
        :: count < SLOTS -> FREE(kept.slot[count]); count++
        :: else -> break
        od;
        kept.collected = kept.written;
        count = 0;
        version = kept.floor + 1;
        assert(WAITING < GATE);
        if
        :: kept.content == 0 -> assert(POSSIBLE(STORE, version))
        :: else -> assert(POSSIBLE(REPLACE, kept.content + 1))
        fi
    }
}
