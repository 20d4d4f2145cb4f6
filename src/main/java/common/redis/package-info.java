/**
 * Code that the writers and readers of Redis share: connection settings, error reporting, and key
 * names.
 */
package common.redis;
