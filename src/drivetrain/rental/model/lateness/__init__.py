"""Whether a car's own history tells how late it comes back next: a question with an answer, not a served model."""
