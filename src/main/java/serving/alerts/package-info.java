/** Reports on alerts: how many of them the exact rows confirmed. */
package serving.alerts;
