package demo;

import java.time.Instant;
import org.apache.kafka.common.utils.Bytes;

/**
 * A record to be sent to the topic.
 *
 * @param arrival when it reaches the topic, in event time
 * @param key record key, which decides the partition; may be null
 * @param body the wire event, or a malformed one
 */
record Message(Instant arrival, String key, Bytes body) {}
