/**
 * The alerts sink: applies the alert rule to the rows of a view, records changes in {@code
 * ops/alerts} and delivers them to webhooks and topics.
 *
 * <p>The rule itself is {@code common.alerts}, which the batch layer uses too.
 */
package speed.sink.alerts;
