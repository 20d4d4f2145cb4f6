/**
 * Compaction, clustering and vacuum of the lake's tables. Query results must not change.
 *
 * <p>Retention must keep every version that {@code batch --restore} still guarantees. Uses Delta's
 * own table operations, which are otherwise confined to the lake and the Delta sink.
 */
package batch.maintenance;
