package demo;

import java.time.Instant;
import org.apache.kafka.common.utils.Bytes;

/**
 * A record on its way to the topic.
 *
 * @param arrival when it reaches the topic, in the time of the events
 * @param key what decides its partition
 * @param body the wire event, or what a broken sender makes of one
 */
record Message(Instant arrival, String key, Bytes body) {}
