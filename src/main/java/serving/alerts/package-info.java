/** Lists alerts, and counts them by verdict. */
package serving.alerts;
