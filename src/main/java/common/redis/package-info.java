/**
 * What the writers and readers of Redis share: how to connect, how failures are reported, and the
 * names of keys.
 */
package common.redis;
