/** Alerts as they are served: how many the exact rows confirmed. */
package serving.alerts;
