"""What a used car is worth in three countries."""
