/**
 * Removes speed rows that the batch view covers.
 *
 * <p>Change with care: no row may be deleted from the boundary on or without a matching batch row.
 * The table property {@link CompactionJob#COMPACTED_TO} is a contract with {@code
 * serving.reconcile}.
 */
package serving.compaction;
