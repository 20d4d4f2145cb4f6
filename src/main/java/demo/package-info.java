/**
 * The {@code demo} command: a local broker and simulated devices, run through all layers.
 *
 * <p>The only package that may depend on all layers; nothing depends on it, except tests, which use
 * {@link LocalBroker}. Its data is for demonstration and may be changed freely.
 */
package demo;
