/**
 * The Delta tables of the lake: locations, definitions, reading, committing, and the boundaries.
 *
 * <p>Folder names, table properties and Delta reader version 1 are a fixed contract with stored
 * data and Synapse. Only this package uses Delta Kernel. The package depends on the packages for
 * events, metrics, the session and telemetry.
 */
package common.lake;
