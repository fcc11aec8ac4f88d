"""drivetrain makes the decisions a vehicle marketplace lives on, and can account for every one of them."""
