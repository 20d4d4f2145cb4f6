/**
 * The configuration as typed, validated records, one per section of {@code reference.conf}.
 *
 * <p>Keys are a fixed contract with users' files: rename one only with an entry in {@code
 * ConfigTree}. The only package that uses the configuration library. Depends on events, metrics and
 * secrets.
 */
package common.settings;
