/**
 * What the application measures about itself, and how it leaves the process: a Prometheus endpoint,
 * a file for the textfile collector, and Spark's metric system. Knows {@code settings} only, so
 * that every other package may report to it; no other package may know the client libraries.
 */
package common.telemetry;
