# SPDX-License-Identifier: Apache-2.0
# Shows that something long is alive: one line that is drawn again on a terminal, else a line each tenth of the way. Source it.

# show_progress LABEL   reads lines of apt's status (dlstatus:N:PERCENT:TEXT, pmstatus:PACKAGE:PERCENT:TEXT) or of ninja's
#                       ("[ 34%] TEXT", with NINJA_STATUS="[%p] "), and writes to stderr. Others are passed over.
show_progress()
{
    local terminal=0
    [[ -t 2 && ${TERM:-dumb} != dumb ]] && terminal=1
    awk -v label="$1" -v terminal="$terminal" -v columns="${COLUMNS:-80}" '
        function show(percent, text, phase) {
            percent = int(percent)
            line = sprintf("%s: %3d %%%s", label, percent, text == "" ? "" : "  " text)
            if (terminal) {
                printf "\r\033[K%s", substr(line, 1, columns - 1) >"/dev/stderr"
                drawn = 1
            } else if (phase != last_phase || int(percent / 10) > last_tenth) {
                print line >"/dev/stderr"
                last_tenth = int(percent / 10)
                last_phase = phase
            }
            fflush("/dev/stderr")
        }
        /^(dl|pm)status:/ {
            split($0, field, ":")
            text = $0
            sub(/^[^:]*:[^:]*:[^:]*:/, "", text)
            show(field[3], text, substr($0, 1, 2))
            next
        }
        /^\[ *[0-9]+%\]/ {
            percent = $0
            sub(/^\[ */, "", percent)
            text = $0
            sub(/^\[ *[0-9]+%\] */, "", text)
            sub(/^Building [A-Z]+ object /, "", text)
            show(percent + 0, text, "build")
        }
        END { if (drawn) printf "\r\033[K" >"/dev/stderr" }'
}
