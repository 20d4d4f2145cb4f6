/**
 * The health checks of the {@code status} command: {@link LayerReader} reads the facts, and each
 * {@link HealthCheck} evaluates the facts without reading any data.
 *
 * <p>Check names and states are a contract with operators' alerts. The result of the latest
 * reconciliation comes from {@code serving.reconcile}.
 */
package serving.health;
