"""What all valuations share: money, bands, reasons."""
