/**
 * Compares the batch view with the speed view, and uses the ledger to explain the differences.
 *
 * <p>Readers of {@code ops/reconciliation} depend on its schema and on its cause values. {@link
 * Arrivals} must mirror how the speed job handles late and duplicate events.
 */
package serving.reconcile;
