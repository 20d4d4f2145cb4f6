/**
 * Ingests files, Event Hubs Capture and Kafka into the master dataset and the quarantine.
 *
 * <p>Source identities, which name the checkpoints, are a fixed contract: under a different
 * identity, everything would be ingested again. New file formats are added in {@code FileFormat}.
 * This package does not depend on views.
 */
package batch.ingest;
