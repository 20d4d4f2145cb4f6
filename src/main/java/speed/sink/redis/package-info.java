/**
 * The Redis sink.
 *
 * <p>The data layout in {@link RedisWriter} is a fixed contract with the clients that read it. The
 * exceptions of Jedis leave the package as a {@link common.Failure}.
 */
package speed.sink.redis;
