# Sourced before the command of a stage that runs in a Slurm job; see claims.py.

at_end() {
    if [ "$(cat "$SLURM_GUARD_TOKEN_FILE")" = "$SLURM_GUARD_TOKEN" ]; then
        # For the time after Slurm has forgotten the job (shims.py).
        local file="${SLURM_GUARD_TOKEN_FILE%.token}.exit"
        echo "$1" >"$file.new" && mv "$file.new" "$file"
    else
        # Another start of this job has taken over. Both Snakemakes of this one would now remove
        # its files, which are the other's files by now.
        kill -KILL "$SLURM_GUARD_SNAKEMAKE" "$PPID"
    fi
}
trap 'at_end $?' EXIT

# A failure that another attempt cannot mend ends this one at once, with the same message.
SLURM_GUARD_FAILURE=$(
    python "$(dirname "${BASH_SOURCE[0]}")/non_retryable.py" \
        "$SLURM_GUARD_ATTEMPT" "$BASH_EXECUTION_STRING"
)
export SLURM_GUARD_FAILURE
