/**
 * Ingests files, Event Hubs Capture and Kafka into the master dataset and the quarantine.
 *
 * <p>Sources, and with them the names of checkpoints, are a fixed contract: under another identity,
 * everything would be ingested again. New file formats are added in {@code FileFormat}. Knows
 * nothing of views.
 */
package batch.ingest;
