# Sourced before the command of a stage that runs in a job of Slurm or Ray; see claims.py.

at_end() {
    if [ "$(cat "$JOB_GUARD_TOKEN_FILE" 2>/dev/null)" = "$JOB_GUARD_TOKEN" ]; then
        # Read by shims.py after Slurm has forgotten the job.
        local file="${JOB_GUARD_EXIT_FILE:-}"
        [ -z "$file" ] || { echo "$1" >"$file.new" && mv "$file.new" "$file"; }
    else
        # This attempt is superseded. Its two Snakemake processes would now remove its output files,
        # which belong to the newer attempt.
        kill -KILL "$JOB_GUARD_SNAKEMAKE" "$PPID"
    fi
}
trap 'at_end $?' EXIT

# A non-retryable failure of an earlier attempt ends this one at once, with the same message.
JOB_GUARD_FAILURE=$(
    python "$(dirname "${BASH_SOURCE[0]}")/non_retryable.py" \
        "$JOB_GUARD_ATTEMPT" "$BASH_EXECUTION_STRING"
)
export JOB_GUARD_FAILURE
