"""Files under the home folder: datasets, artifacts, secrets."""
