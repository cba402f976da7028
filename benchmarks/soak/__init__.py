"""What eight hours bring, in minutes: whether the viewer and the runner grow by more than their nodes."""
