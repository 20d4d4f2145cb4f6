/** Reports on alerts, and how many of them the exact rows confirmed. */
package serving.alerts;
