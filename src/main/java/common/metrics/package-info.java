/**
 * Metrics views as data, and the one function that computes them for batch and speed.
 *
 * <p>The parts of a measure and {@code View.definition} are a fixed contract with stored tables;
 * new measures are added in {@code MeasureKind}. Pure transforms, without path or clock. Depends
 * only on the event.
 */
package common.metrics;
