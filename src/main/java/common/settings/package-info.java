/**
 * The configuration as typed, validated records, one per section of {@code reference.conf}.
 *
 * <p>Keys are a contract with users' configuration files: to rename a key, also add an entry to
 * {@code ConfigTree}. Only this package uses the configuration library. The package depends on
 * events, metrics and secrets.
 */
package common.settings;
