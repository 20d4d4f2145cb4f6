/**
 * The Redis sink.
 *
 * <p>The data layout in {@link RedisWriter} is a fixed contract with the clients that read it. Only
 * this package uses Jedis; its exceptions leave the package as a {@link common.Failure}.
 */
package speed.sink.redis;
