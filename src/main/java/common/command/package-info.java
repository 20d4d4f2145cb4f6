/**
 * The base of all commands: options, settings, session, error reporting and output formats.
 *
 * <p>The shared options, the form of error lines, and the CSV and JSON output are a fixed contract
 * with scripts. Only commands may depend on commands.
 */
package common.command;
