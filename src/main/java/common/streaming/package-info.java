/**
 * What ingest and the speed job share as streaming queries: Kafka, checkpoints and the ledger.
 *
 * <p>The files of checkpoints are a fixed contract with running jobs, and Spark's own are never
 * edited. Apart from the demo, the only package that uses the Kafka client. Depends on events, the
 * lake, operations, the session and settings.
 */
package common.streaming;
