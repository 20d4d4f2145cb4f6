/**
 * The Spark session of a command, and settings and job descriptions that apply to a block of code.
 *
 * <p>A session starts on first use; keep commands that need no Spark free of it. Depends only on
 * the settings.
 */
package common.session;
