/**
 * Compares the batch and speed views, and explains differences from the ledger.
 *
 * <p>The schema and the causes in {@code ops/reconciliation} are a contract with its readers.
 * {@link Arrivals} must mirror how the speed job handles late and duplicate events.
 */
package serving.reconcile;
