/**
 * Alerts: changes of a key's anomaly level. The same pure rule raises and resolves them from live
 * rows (speed layer) and checks them against exact rows (batch layer); {@code ops/alerts} records
 * each change.
 *
 * <p>Depends on {@code metrics} and {@code lake}, but not on any sink or on delivery.
 */
package common.alerts;
