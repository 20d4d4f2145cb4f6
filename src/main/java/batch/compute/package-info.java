/**
 * Computes batch views from the master dataset: plans a run, computes its rows, commits them
 * together with the run's record, and then publishes the boundary; restores earlier versions.
 *
 * <p>Change {@code BoundaryRule}, and the order of commit and boundary, only with care: both keep
 * the unified view free of gaps and double counts.
 */
package batch.compute;
