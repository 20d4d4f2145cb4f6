/**
 * The Delta tables of the lake: locations, definitions, reading, committing, and the boundaries.
 *
 * <p>Folder names, table properties and Delta reader version 1 are a fixed contract with stored
 * data and Synapse. The only package that uses Delta Kernel. Depends on the event, on metrics and
 * on the session.
 */
package common.lake;
