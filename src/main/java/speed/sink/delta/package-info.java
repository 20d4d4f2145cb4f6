/**
 * The Delta sink, which the unified view and the health checks read.
 *
 * <p>Change with care: exactly-once delivery rests on the transaction id of each commit, and
 * freedom from write conflicts on literal dates. Only here may the speed layer use {@code
 * io.delta.tables}.
 */
package speed.sink.delta;
