/**
 * The stores that speed views are written to, one package each; {@link Sink} explains how to add a
 * sink.
 *
 * <p>The encoding in {@link HotRows} is a fixed contract: stored ids and keys depend on it. Sinks
 * depend on views and settings, but neither on each other nor on the streaming job.
 */
package speed.sink;
