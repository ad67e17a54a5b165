#!/bin/sh
# Issues cards: parties in FOLDER, made when they are not there, then COUNT simulated cards that their holders took over.
#
#   SYMBOLON_PASSPHRASE=... SYMBOLON_PIN=... SYMBOLON_CONSENT_PIN=... issue-cards.sh FOLDER COUNT
#
# Makes FOLDER/card-1.img, FOLDER/letter-1/ and so on, and FOLDER/cards.csv with a line for each card. The holders' new PINs
# come from the environment here; real holders choose their own ("symbolon card change-pin"). A card that is there already
# is left as it is, so the script can be run again after a failure; three failures in a row end it.
set -eu

if [ $# -ne 2 ]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
: "${SYMBOLON_PASSPHRASE:?}" "${SYMBOLON_PIN:?}" "${SYMBOLON_CONSENT_PIN:?}"
count=$2
mkdir -p "$1"
cd "$1"

say() { symbolon --quiet "$@"; }

if [ ! -d bank ]; then
    say party new card-registrar --role issuer-registrar --name CHCARDREG
    say party new data-registrar --role data-registrar --name DEDATAREG
    say party new bank --role issuer --name CHBANK
    say registrar certify bank/request.cvr --registrar card-registrar --data-registrar data-registrar/certificate.cvc --output bank.cvc
    say party accept bank --certificate bank.cvc --root card-registrar/certificate.cvc
    say party trust bank data-registrar/certificate.cvc
    echo "number,serial number,card" >cards.csv
fi

issue() { # NUMBER
    say sim new "card-$1.part"
    say issuer personalize --issuer bank --card "card-$1.part" --user "Holder $1" --letter "letter-$1"
    say issuer register --issuer bank --card "card-$1.part"
    SYMBOLON_NEW_PIN=$SYMBOLON_CONSENT_PIN \
        say card change-pin consent --card "card-$1.part" --pin-file "letter-$1/consent-pin"
    SYMBOLON_NEW_PIN=$SYMBOLON_PIN \
        say card change-pin user --card "card-$1.part" --pin-file "letter-$1/user-pin"
    # One document on standard output, whose fields stay; a program would parse it.
    symbolon --json card info --card "card-$1.part" |
        sed -n "s/.*\"card\":\"\([0-9a-f]*\)\",\"serial_number\":\"\([0-9A-F]*\)\".*/$1,\2,\1/p" >>cards.csv
    # Only what is done has its name.
    mv "card-$1.part" "card-$1.img"
}

failures=0
number=1
while [ "$number" -le "$count" ]; do
    if [ ! -e "card-$number.img" ]; then
        rm -rf "card-$number.part" "letter-$number"
        # In a process of its own, where the first failure ends it: "if" would switch that off.
        code=0
        (set -e; issue "$number") & wait $! || code=$?
        if [ "$code" -eq 0 ]; then
            failures=0
        else
            echo "card $number: failed with $code" >&2
            failures=$((failures + 1))
            [ "$failures" -lt 3 ] || exit "$code"
        fi
    fi
    number=$((number + 1))
done
[ "$failures" -eq 0 ] || exit 1
