/**
 * The batch layer's review of the alerts that the speed layer raised: exact rows confirm or
 * overturn them, and show which were missed.
 */
package batch.alerts;
