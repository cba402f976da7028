"""What runs a script on a Ray cluster: the part beside the search, and the part on the cluster's nodes."""
