/**
 * The Spark session of a command, and settings and job descriptions that apply to a block of code.
 *
 * <p>A session starts on first use; commands that need no Spark must not start a session. The
 * package depends only on the settings.
 */
package common.session;
