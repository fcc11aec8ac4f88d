"""Kafka, through librdkafka. Imported only by processes whose settings name a cluster."""
