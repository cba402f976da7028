#!/bin/bash
# Runs tui-aide over the competition that MLE-bench's harness has laid out, and hands in the best submission as it goes.
# Options of `tui-aide run` may follow. The folders and COMPETITION_ID are the harness's, TIME_LIMIT_SECS is config.yaml's.
set -u

DATA=${DATA_DIR:-/home/data}
SUBMISSION=${SUBMISSION_DIR:-/home/submission}
LOGS=${LOGS_DIR:-/home/logs}
CODE=${CODE_DIR:-/home/code}
AGENT=${AGENT_DIR:-/home/agent}
LIMIT=${TIME_LIMIT_SECS:-86400}
ID=${COMPETITION_ID:?is not set: the harness names the competition by it}
SESSION=$AGENT/sessions/mlebench

if command -v conda > /dev/null; then
  eval "$(conda shell.bash hook)"
  conda activate agent
fi

export TUI_AIDE_SESSIONS_DIR=$AGENT/sessions TUI_AIDE_CACHE_DIR=$AGENT/cache
mkdir -p "$AGENT/data/$ID/prepared" "$SUBMISSION" "$LOGS" "$CODE"
ln -sfn "$DATA" "$AGENT/data/$ID/prepared/public"

hand_in() { # whole or not at all, as the harness may look at any time
  local source=$1 goal=$2
  if [ -f "$source" ] && ! cmp -s "$source" "$goal"; then
    cp "$source" "$goal.part" && mv "$goal.part" "$goal"
  fi
}

hand_in_all() {
  hand_in "$SESSION/best/submission.csv" "$SUBMISSION/submission.csv"
  hand_in "$SESSION/best/solution.py" "$CODE/solution.py"
  hand_in "$SESSION/journal.jsonl" "$LOGS/journal.jsonl"
}

# A tenth of the time, at most half an hour, is left for the last run with all labels and for the end.
RESERVE=$((LIMIT / 10 < 1800 ? LIMIT / 10 : 1800))
tui-aide run "mlebench:$AGENT/data/$ID" --name mlebench --python "$(command -v python)" --time "$((LIMIT - RESERVE))s" \
  --headless "$@" > "$LOGS/tui_aide.log" 2>&1 &
RUN=$!
END=$((SECONDS + LIMIT))
while kill -0 $RUN 2> /dev/null && [ $SECONDS -lt $END ]; do
  sleep "${HAND_IN_SECONDS:-10}"
  hand_in_all
done
if kill -0 $RUN 2> /dev/null; then
  echo "the time is up" >> "$LOGS/tui_aide.log"
  kill -INT $RUN
  sleep "${HAND_IN_SECONDS:-10}"
fi
wait $RUN
CODE_OF_RUN=$?
hand_in_all
[ -x /home/validate_submission.sh ] && bash /home/validate_submission.sh "$SUBMISSION/submission.csv"
[ -f "$SUBMISSION/submission.csv" ] || { echo "no valid solution was found; see $LOGS/tui_aide.log"; exit $((CODE_OF_RUN ? CODE_OF_RUN : 1)); }
