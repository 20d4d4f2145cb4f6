/**
 * The serving layer: one class per command, which parses options, runs a job from one of the
 * subpackages and prints its result.
 *
 * <p>Options, output columns and exit codes are a contract with scripts. Only the demo may depend
 * on this layer, and this layer depends only on {@code common}; the subpackages must not use
 * commands.
 */
package serving;
