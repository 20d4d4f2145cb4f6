/**
 * Removes speed rows that the batch view covers.
 *
 * <p>Change with care: no row from the boundary on, and none without a matching batch row, may be
 * deleted. The table property {@link CompactionJob#COMPACTED_TO} is a contract with {@code
 * serving.reconcile}.
 */
package serving.compaction;
