/**
 * The commands of the batch layer: ingest, batch, runs, boundary and maintain. Each only parses
 * options and wires the jobs of the subpackages. Command names, options and main class names are a
 * fixed contract with scripts and job definitions. Depends on {@code common}, never on the speed or
 * serving layer.
 */
package batch;
