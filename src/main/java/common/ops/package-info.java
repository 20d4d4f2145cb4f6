/**
 * Records of what jobs did: batch runs in {@code ops/runs}, micro-batches in {@code
 * ops/stream_progress}.
 *
 * <p>Both schemas are a fixed contract with stored tables; columns may be added at the end. Depends
 * on the lake and on metrics.
 */
package common.ops;
