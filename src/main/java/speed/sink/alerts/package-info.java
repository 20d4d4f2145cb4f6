/**
 * The alerts sink: judges the rows of a view by its levels, records changes in {@code ops/alerts}
 * and delivers them to webhooks and topics.
 *
 * <p>The rule itself is {@code common.alerts}, which the batch layer uses too.
 */
package speed.sink.alerts;
