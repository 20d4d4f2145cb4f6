/**
 * Removes speed rows that the batch view covers.
 *
 * <p>Change with care: rows from the boundary on, and rows without a matching batch row, must not
 * be deleted. The table property {@link CompactionJob#COMPACTED_TO} is a contract with {@code
 * serving.reconcile}.
 */
package serving.compaction;
