/**
 * The batch layer's review of the alerts that the speed layer raised: exact rows confirm or
 * overturn alerts, and reveal missed alerts.
 */
package batch.alerts;
