/**
 * The stores that speed views are written to, one package each; {@link Sink} explains how to add
 * one.
 *
 * <p>The encoding in {@link HotRows} is a fixed contract: stored ids and keys depend on it. Sinks
 * know views and settings, but neither each other nor the streaming job.
 */
package speed.sink;
