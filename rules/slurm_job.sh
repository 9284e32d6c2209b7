# Sourced before the command of a stage that runs in a Slurm job; see slurm_job.py.

at_end() {
    if [ "$(cat "$READKIN_OWNER_FILE")" = "$READKIN_OWNER" ]; then
        # For the time after Slurm has forgotten the job (slurm_accounting.py).
        local file="${READKIN_OWNER_FILE%.owner}.exit"
        echo "$1" >"$file.new" && mv "$file.new" "$file"
    else
        # Another start of this job has taken over. Both Snakemakes of this one would now remove
        # its files, which are the other's files by now.
        kill -KILL "$READKIN_SNAKEMAKE" "$PPID"
    fi
}
trap 'at_end $?' EXIT

# A failure that another attempt cannot mend ends this one at once, with the same message.
READKIN_FAILURE=$(
    python "$(dirname "${BASH_SOURCE[0]}")/settled_failures.py" \
        "$READKIN_ATTEMPT" "$BASH_EXECUTION_STRING"
)
export READKIN_FAILURE
