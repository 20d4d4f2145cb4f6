/**
 * Streaming code that ingest and the speed job share: Kafka, checkpoints and the ledger.
 *
 * <p>The files of checkpoints are a fixed contract with running jobs; Spark's own files are never
 * edited. Apart from the demo, this is the only package that uses the Kafka client. The package
 * depends on events, the lake, operations, the session and settings.
 */
package common.streaming;
