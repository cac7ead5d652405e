"""PostgreSQL, Kafka and the services on one machine that has nothing but Python."""
