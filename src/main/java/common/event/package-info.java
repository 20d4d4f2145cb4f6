/**
 * The event: its wire format, validation and deduplication, shared by ingest and the speed job.
 *
 * <p>Column names and types in {@code EventSchema}, the codes of {@code Rejection} and the event
 * key are a fixed contract with stored tables. The package has only pure transforms over Spark
 * rows, and depends on no other package of the application.
 */
package common.event;
