/**
 * The speed layer: the commands {@link Speed} and {@link Provision}, and the streaming job that
 * maintains speed views.
 *
 * <p>Query names and checkpoint paths are a fixed contract: running deployments resume from them.
 * Only the demo may depend on this layer, and this layer depends only on {@code common}.
 */
package speed;
