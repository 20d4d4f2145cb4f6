/**
 * The Redis sink.
 *
 * <p>The data layout in {@link RedisWriter} is a fixed contract with the clients that read it.
 * Jedis is used here only; its exceptions leave this package as a {@link common.Failure}.
 */
package speed.sink.redis;
