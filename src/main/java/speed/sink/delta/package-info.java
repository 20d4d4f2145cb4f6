/**
 * The Delta sink, which the unified view and the health checks read.
 *
 * <p>Change with care: exactly-once writes depend on the transaction id of each commit, and the
 * absence of write conflicts depends on literal dates. The speed layer may use {@code
 * io.delta.tables} only here.
 */
package speed.sink.delta;
