"""What a product tells the platform about itself: models, jobs, cards."""
