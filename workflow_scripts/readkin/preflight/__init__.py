"""What `check` looks at before a run: this installation, and the cluster it would run on."""
