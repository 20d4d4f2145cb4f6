package batch;

import java.time.Instant;
import java.util.Optional;

/**
 * What one run computed.
 *
 * @param events distinct events that it read
 * @param duplicates further copies of them, not counted
 * @param withoutKey events among them that lack a key of the view and are not part of it
 * @param rows rows written
 * @param boundary where the batch view now ends; empty before the first publication
 */
public record BatchReport(
    long events, long duplicates, long withoutKey, long rows, Optional<Instant> boundary) {}
